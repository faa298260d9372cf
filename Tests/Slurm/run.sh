#!/bin/bash
# A sweep through a real Slurm on one machine: munge, slurmctld and slurmd of Debian, as root, in a folder of their own.
# Not part of make test. Install: apt-get install slurm-wlm munge
#
#   Tests/Slurm/run.sh [PALIMPSEST]
#
# The same sweep runs in a pool, then as an array job: tasks reach their time limit and are queued again, the waiting
# process is interrupted once and killed once, and one task is killed. Both must leave the same files, times aside.
set -eu -o pipefail

tool=$(realpath "${1:-.build/release/palimpsest}")
for program in munged slurmctld slurmd sbatch squeue scontrol; do
  command -v $program >/dev/null || [ -x /usr/sbin/$program ] || {
    echo "slurm: $program is missing; apt-get install slurm-wlm munge" >&2
    exit 1
  }
done
[ "$(id -u)" = 0 ] || { echo "slurm: the daemons need root" >&2; exit 1; }

place=$(mktemp -d)
chmod 755 "$place"
started=()
finish() {
  for id in "${started[@]}"; do kill "$id" 2>/dev/null || true; done
  wait 2>/dev/null || true
  [ -n "${KEEP-}" ] && echo "slurm: everything is in $place" >&2 || rm -rf "$place"
}
trap finish EXIT

mkdir -p "$place"/{munge,state,spool}
dd if=/dev/urandom of="$place/munge/key" bs=1024 count=1 status=none
chown -R munge: "$place/munge"
chmod 700 "$place/munge"
chmod 400 "$place/munge/key"
chmod 755 "$place/munge"
chmod 711 "$place/munge"
runuser -u munge -- munged --foreground --force --key-file="$place/munge/key" --socket="$place/munge/socket" \
  --pid-file="$place/munge/pid" --log-file="$place/munge/log" --seed-file="$place/munge/seed" > /dev/null 2>&1 &
started+=($!)

host=$(hostname -s)
cat > "$place/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$place/munge/socket,cred_expire=5
CredType=cred/munge
SlurmUser=root
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
SlurmctldPidFile=$place/slurmctld.pid
SlurmdPidFile=$place/slurmd.pid
SlurmctldLogFile=$place/slurmctld.log
SlurmdLogFile=$place/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
KillWait=5
OverTimeLimit=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF="$place/slurm.conf"
for _ in $(seq 50); do [ -S "$place/munge/socket" ] && break; sleep 0.1; done
PATH=$PATH:/usr/sbin
slurmctld -D > /dev/null 2>&1 & started+=($!)
slurmd -D > /dev/null 2>&1 & started+=($!)
for _ in $(seq 100); do
  [ "$(sinfo -h -o %t 2>/dev/null)" = idle ] && break
  sleep 0.2
done
[ "$(sinfo -h -o %t)" = idle ] || { echo "slurm: the node did not come up" >&2; tail -5 "$place"/slurm*.log >&2; exit 1; }
echo "slurm: $(sinfo --version) on $(nproc) CPUs"

cd "$place"
cat > sweep.yaml <<YAML
task: {kind: needle, tokens: ${TOKENS:-1500000}, count: ${COUNT:-8}}
chunker: {kind: tokens, size: 512}
memory: [{kind: overwrite, tokens: [64, 256]}, {kind: append, tokens: [64, 256]}]
ablations:
  gated: {memory: {kind: gated, tokens: 256}, task.tokens: 40000}
YAML
timed() { local start=$(date +%s.%N); "$@"; seconds=$(echo "$(date +%s.%N) - $start" | bc); }

timed "$tool" sweep sweep.yaml --out pool --jobs "$(nproc)" --quiet > pool.txt
echo "slurm: the pool took $seconds s for $("$tool" sweep sweep.yaml --out pool --dry-run --quiet | wc -l) points"

# A time limit is a whole minute; Slurm looks for it every half minute, and the notice comes by up to a minute early.
slurm=("$tool" sweep sweep.yaml --out array --executor slurm --pack 2 --notice "${NOTICE:-50}" --sbatch=--time=1)
begun=$(date +%s.%N)
"${slurm[@]}" > array.txt 2> first.log & waiter=$!
sleep 3
kill -INT $waiter
wait $waiter && code=0 || code=$?
[ $code = 3 ] || { echo "slurm: an interrupted wait ended with $code" >&2; cat first.log >&2; exit 1; }
"${slurm[@]}" > array.txt 2> second.log & waiter=$!
sleep 3
kill -KILL $waiter
wait $waiter 2>/dev/null || true
# One task loses its processes at once.
job=$(squeue -h -r -t R -o %A | head -1)
[ -z "$job" ] || scancel --signal=KILL --full "$job" || true
code=0
"${slurm[@]}" > array.txt 2> third.log || code=$?
echo "slurm: behind a killed task the sweep ended with code $code: $(grep -c 'ended before it' third.log || true) points lost their task"
rounds=0
while [ $code = 1 ] && [ $rounds -lt 3 ]; do
  rounds=$((rounds + 1))
  code=0
  "${slurm[@]}" > array.txt 2> last.log || code=$?
done
seconds=$(echo "$(date +%s.%N) - $begun" | bc)
[ $code = 0 ] || { echo "slurm: the sweep ended with code $code" >&2; cat last.log third.log >&2; exit 1; }
arrays=$(cat first.log second.log third.log last.log 2>/dev/null | grep -c '^array job .* tasks\? of' || true)
requeued=$(grep -c 'Requeuing JobId' slurmctld.log || true)
echo "slurm: through the array $seconds s, $arrays arrays submitted, tasks queued again at their time limit: $requeued"

cat > same.py <<'PY'
import pathlib, re, sys
def remains(root):
    found = {}
    for path in sorted(pathlib.Path(root).rglob("*")):
        if path.name in ("traces.jsonl", "verdicts.jsonl", "summary.json", "settings.yaml"):
            text = path.read_text()
            text = re.sub(r'"(seconds|busySeconds|wallSeconds|residentBytes)" ?: ?[0-9.e+-]+', "", text)
            found[str(path.relative_to(root))] = text
    return found
pool, array = remains("pool"), remains("array")
different = [name for name in sorted(pool.keys() | array.keys()) if pool.get(name) != array.get(name)]
print(f"slurm: {len(pool)} files, {len(different)} differ from the pool's")
sys.exit(1 if different or not pool else 0)
PY
python3 same.py
