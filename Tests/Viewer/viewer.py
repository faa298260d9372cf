#!/usr/bin/env python3
"""Drives a page of `palimpsest view` in a headless Chromium, with nothing but Python's standard library.

  viewer.py check PAGE [--hostile]      clicks, keys, search; nothing may be loaded, thrown or run that is not the page's
  viewer.py time PAGE [TIMES]           how long the page takes to open, by turns with the same page without its data
  viewer.py shot PAGE OUT.png [--dark] [--at #1.5] [--find WORD] [--size 1240x1500]

It prints a line per check and ends with 1 where one failed, with 77 where there is no Chromium.
Chromium's own protocol over a pipe (--remote-debugging-pipe): JSON messages that end in a zero byte, on descriptors 3 and 4.
"""
import base64, json, os, re, shutil, subprocess, sys, tempfile, time


class Browser:
    def __init__(self, size=(1240, 1500), dark=False):
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if not program:
            print("viewer: there is no chromium here, so the page was not opened")
            sys.exit(77)
        self.profile = tempfile.mkdtemp(prefix="palimpsest-viewer-")
        there, ours = os.pipe(), os.pipe()
        # Whatever numbers the pipes have, the browser finds them at 3 and 4.
        def arrange():
            a, b = os.dup(there[0]), os.dup(ours[1])
            os.dup2(a, 3)
            os.dup2(b, 4)
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--hide-scrollbars", f"--window-size={size[0]},{size[1]}", f"--user-data-dir={self.profile}", "--remote-debugging-pipe"],
            preexec_fn=arrange, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(there[0]), os.close(ours[1])
        self.to, self.from_, self.rest, self.number, self.session = there[1], ours[0], b"", 0, None
        self.events = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(domain + ".enable")
        self.ask("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def close(self):
        try:
            self.session = None
            self.ask("Browser.close")
            self.process.wait(10)
        except Exception:
            self.process.kill()
        shutil.rmtree(self.profile, ignore_errors=True)

    def read(self):
        while b"\0" not in self.rest:
            piece = os.read(self.from_, 1 << 20)
            if not piece:
                raise RuntimeError("the browser ended")
            self.rest += piece
        message, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(message)
        if "method" in message:
            self.events.append(message)
            if message["method"] == "Page.javascriptDialogOpening":
                self.send("Page.handleJavaScriptDialog", accept=True)
        return message

    def send(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data):]
        return self.number

    def ask(self, method, **parameters):
        number = self.send(method, **parameters)
        while True:
            message = self.read()
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]

    def open(self, path, fragment=""):
        self.ask("Page.navigate", url="about:blank")
        self.events = []
        self.ask("Page.navigate", url="file://" + os.path.abspath(path) + fragment)
        for _ in range(600):
            if self.js("document.readyState") == "complete" and self.js("location.href").startswith("file:"):
                return
            time.sleep(0.05)
        raise RuntimeError("the page did not load in 30 s")

    def js(self, code):
        result = self.ask("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{code}: {result['exceptionDetails'].get('exception', {}).get('description')}")
        return result["result"].get("value")

    def key(self, key, text=None):
        codes = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, "Escape": 27, "Enter": 13, "Tab": 9, " ": 32}
        text = text if text is not None else (key if len(key) == 1 else "")
        common = {"key": key, "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper())), "text": text}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **common)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, word):
        for letter in word:
            self.key(letter)

    def click(self, x, y):
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, selector):
        box = self.js(f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}}); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()")
        self.click(*box)

    def shot(self, path):
        data = self.ask("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


class Checks:
    def __init__(self):
        self.failed = 0
        self.count = 0

    def that(self, name, holds, said=""):
        self.count += 1
        if not holds:
            self.failed += 1
        print(("ok      " if holds else "FAILED  ") + name + (f": {said}" if not holds else ""))


def check(path, hostile):
    html = open(path, encoding="utf-8").read()
    lines = [json.loads(line) for line in re.search(r'id="data">\n(.*?)</script>', html, re.S).group(1).split("\n") if line]
    traces, texts = [], [line for line in lines if isinstance(line, str)]
    for line in lines:
        if isinstance(line, dict) and "ask" in line:
            traces.append((line, []))
        elif isinstance(line, dict) and "a" in line:
            traces[-1][1].append(line)
    head, steps = traces[0]
    browser, checks = Browser(), Checks()
    try:
        browser.open(path)
        js = browser.js
        at = lambda: int(js("document.getElementById('strip').getAttribute('aria-valuenow') || 0"))
        value = lambda: js("document.getElementById('strip').getAttribute('aria-valuetext')")
        drawn = int(js("document.documentElement.dataset.drawn || -1"))
        checks.that("the page is drawn", drawn >= 0)
        print(f"        drawn after {drawn} ms, {sum(len(s) for _, s in traces)} steps of {len(traces)} questions, {len(html) // 1000} kB")
        checks.that("the question stands at the top", js("document.querySelector('#head h2').textContent") == (head["ask"] or "(read for no question)") or hostile)
        checks.that("every step is on the strip", int(js("document.getElementById('strip').getAttribute('aria-valuemax')")) == len(steps))
        if len(steps) > 3:
            browser.key("Home")
            checks.that("Home goes to the first step", at() == 1, at())
            browser.key("ArrowRight")
            checks.that("the right arrow goes on", at() == 2, at())
            browser.key("ArrowLeft")
            checks.that("the left arrow goes back", at() == 1, at())
            browser.key("ArrowLeft")
            checks.that("and stops at the first step", at() == 1, at())
            browser.key("End")
            checks.that("End goes to the last step", at() == len(steps), at())
            browser.key("Home")
            for key, name in (("e", "e"), ("u", "u")):
                browser.key("Home")
                wanted = [i + 1 for i, s in enumerate(steps) if s[name] and i > 0]
                browser.key(key)
                checks.that(f"{key} goes to the next such step", at() == (wanted[0] if wanted else 1), (at(), wanted[:3]))
            box = js("(() => { const e = document.getElementById('strip'); e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect(); return [b.x, b.y]; })()")
            cell = js("(() => { const b = document.querySelector('#here'); return Number(b.getAttribute('width')) - 2; })()")
            browser.click(box[0] + 2.5 * cell, box[1] + 20)
            checks.that("a click on the strip goes to its step", at() == 3, at())
            browser.press("#on")
            checks.that("a click on the button goes on", at() == 4, at())
            browser.key("Home")
            js("document.activeElement.blur()")
            browser.press("#play")
            time.sleep(1.2)
            browser.press("#play")
            moved = at()
            checks.that("it plays", moved > 1, moved)
            time.sleep(0.6)
            checks.that("and pauses", at() == moved, at())
            checks.that("a step is told to a screen reader", bool(value()) and js("document.getElementById('said').textContent") == value(), value())
            checks.that("the address has the step", js("location.hash") == f"#1.{at()}", js("location.hash"))
        if head.get("facts") and head["facts"][0].get("read") is not None and not hostile:
            browser.press("#facts td button")
            checks.that("a fact leads to its chunk", steps[at() - 1]["i"] >= head["facts"][0]["read"], at())
        changed = next((i for i, s in enumerate(steps) if i > 0 and s.get("p") is not None), None)
        if changed is not None and not hostile:
            js(f"location.hash = ''")
            browser.open(path, f"#1.{changed + 1}")
            checks.that("an address opens its step", at() == changed + 1, at())
            checks.that("a change of memory is shown word by word", js("document.querySelectorAll('#step ins, #step del').length") > 0)
            after = lambda: js("document.querySelector('#step .split > div:last-child pre').textContent")
            text = lambda v: texts[v] if isinstance(v, int) else v
            browser.key("a")
            checks.that("a shows the memory after", after() == text(steps[changed]["p"]) or hostile, after()[:80])
            browser.key("d")
        browser.open(path)
        word = "no-such-word-anywhere-0815"
        browser.key("/", "")
        checks.that("/ goes to the search", js("document.activeElement.id") == "find")
        browser.type(word)
        time.sleep(0.6)
        checks.that("what is not there is not found", js("document.getElementById('found').textContent") == "nothing found", js("document.getElementById('found').textContent"))
        browser.key("Escape")
        checks.that("Escape leaves the search", js("document.getElementById('hits').hidden"))
        words = re.findall(r"[A-Za-z]{5,}", " ".join([head["ask"]] + [t for t in texts[:5]]))
        if words and not hostile:
            browser.key("/", "")
            browser.type(words[-1])
            browser.key("Enter")
            time.sleep(0.6)
            browser.key("n")
            checks.that("a word is found", "place" in js("document.getElementById('found').textContent"), words[-1])
            checks.that("and marked", js("document.querySelectorAll('mark').length") > 0)
        if len(traces) > 1:
            js("document.activeElement.blur()")
            browser.key("]")
            checks.that("] shows the next question", js("document.getElementById('which').value") == "1")
            browser.key("[")
            checks.that("[ shows the one before", js("document.getElementById('which').value") == "0")
        browser.key("?")
        checks.that("? lists the keys", js("document.getElementById('help').open"))
        browser.key("?")
        checks.that("and closes them", not js("document.getElementById('help').open"))
        browser.key("t")
        checks.that("t changes the theme", js("document.documentElement.dataset.theme") == "light")
        # Every control has a name, and whatever scrolls can be reached.
        unnamed = js("[...document.querySelectorAll('button, select, input, [role=slider]')].filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels && e.labels.length)).length")
        checks.that("every control has a name", unnamed == 0, unnamed)
        checks.that("the strip can be reached by keyboard", js("document.getElementById('strip').tabIndex") == 0)
        if hostile:
            for i in range(min(len(steps), 8)):
                browser.key("ArrowRight")
                js("document.querySelectorAll('details').forEach(d => d.open = true)")
            for i in range(len(traces)):
                browser.key("]")
            kinds = js("JSON.stringify([...new Set([...document.querySelectorAll('body *')].map(e => e.tagName.toLowerCase()))].sort())")
            known = set("b body button del details dialog div dl dd dt form h1 h2 h3 header input ins kbd label main mark nav noscript option output p path pre rect script section select span summary svg table td th tr".split())
            foreign = set(json.loads(kinds)) - known
            checks.that("no element comes from the data", not foreign, foreign)
            attributes = js("[...document.querySelectorAll('*')].flatMap(e => [...e.attributes]).filter(a => /^on/i.test(a.name) || /javascript:/i.test(a.value) && a.name !== 'title' && a.name !== 'content').length")
            checks.that("no attribute runs anything", attributes == 0, attributes)
            checks.that("nothing was run", js("window.injected === undefined"), js("String(window.injected)"))
            checks.that("there are two scripts, the data and the page's", js("document.scripts.length") == 2)
            shown = js("document.body.innerText")
            checks.that("invisible characters are named", not re.search("[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff\U000e0000-\U000e007f]", shown) and "U+202E" in shown)
        names = [event["method"] for event in browser.events]
        bad = [event["params"] for event in browser.events if event["method"] in ("Runtime.exceptionThrown", "Page.javascriptDialogOpening") or event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error"]
        checks.that("nothing is thrown, refused or asked", not bad, json.dumps(bad)[:400])
        asked = {event["params"]["request"]["url"].split("#")[0] for event in browser.events if event["method"] == "Network.requestWillBeSent"}
        checks.that("nothing but the page is loaded", asked <= {"file://" + os.path.abspath(path)}, asked)
        # The policy holds: what a mistake of ours would let in is not run.
        js("(() => { const s = document.createElement('script'); s.textContent = 'window.injected = 1'; document.body.append(s); const i = document.createElement('div'); i.innerHTML = '<img src=x onerror=\"window.injected = 2\">'; document.body.append(i); })()")
        time.sleep(0.3)
        checks.that("a script that was let in is not run", js("window.injected === undefined"))
    finally:
        browser.close()
    print(f"{checks.count - checks.failed} of {checks.count} checks hold")
    return checks.failed


def opening(path, times):
    folder = tempfile.mkdtemp(prefix="palimpsest-viewer-")
    bare = os.path.join(folder, "bare.html")
    html = open(path, encoding="utf-8").read()
    with open(bare, "w", encoding="utf-8") as file:
        file.write(re.sub(r'(id="data">\n).*?(</script>)', r"\1\2", html, count=1, flags=re.S))
    found = {path: [], bare: []}
    for _ in range(times):
        for page in found:
            browser = Browser()
            try:
                browser.open(page)
                found[page].append(int(browser.js("document.documentElement.dataset.drawn")))
            finally:
                browser.close()
    spread = lambda v: f"{sorted(v)[(len(v) - 1) // 2]} ms [{min(v)}, {max(v)}]"
    steps = len(re.findall(r'^\{"a":', html, re.M))
    print(f"{steps} steps, {len(html.encode()) // 1000} kB: drawn in {spread(found[path])}, without data in {spread(found[bare])}; median and range of {times}")
    shutil.rmtree(folder, ignore_errors=True)


def option(name, default=None):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] not in ("check", "time", "shot"):
        sys.exit(__doc__)
    if sys.argv[1] == "check":
        sys.exit(1 if check(sys.argv[2], "--hostile" in sys.argv) else 0)
    if sys.argv[1] == "time":
        opening(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 7)
        sys.exit(0)
    width, height = (int(part) for part in option("--size", "1240x1500").split("x"))
    browser = Browser((width, height), "--dark" in sys.argv)
    try:
        browser.open(sys.argv[2], option("--at", ""))
        if option("--find"):
            browser.key("/", "")
            browser.type(option("--find"))
            browser.key("Enter")
            time.sleep(0.8)
        browser.shot(sys.argv[3])
    finally:
        browser.close()
