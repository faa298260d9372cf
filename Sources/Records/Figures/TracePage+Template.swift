import Basics
import Foundation

extension TracePage {
  /// The page up to its data.
  ///
  /// - Parameter title: in which markup means nothing.
  static func beginning(_ title: String) -> String { template.beginning.replacing("@title@", with: title) }

  /// The page behind its data: the script that draws it.
  static let ending = template.ending

  /// Page/page.html with style, script and their hashes in it, cut where the data stand.
  private static let template: (beginning: String, ending: String) = {
    let style = String(decoding: PackageResources.page_css, as: UTF8.self)
    let script = String(decoding: PackageResources.page_js, as: UTF8.self)
    let page = String(decoding: PackageResources.page_html, as: UTF8.self)
      .replacing("@style-hash@", with: policy(for: style)).replacing("@script-hash@", with: policy(for: script))
      .replacing("@style@", with: style).replacing("@script@", with: script)
    let parts = page.split(separator: "@data@\n", maxSplits: 1)
    precondition(parts.count == 2, "Page/page.html names the place of its data")
    return (String(parts[0]), String(parts[1]))
  }()

  /// How a content security policy names a text: the base64 of its SHA-256.
  private static func policy(for text: String) -> String {
    var digits = SHA256.hash(text)[...]
    var digest = Data()
    while let byte = UInt8(digits.prefix(2), radix: 16) {
      digest.append(byte)
      digits = digits.dropFirst(2)
    }
    return "sha256-" + digest.base64EncodedString()
  }
}
