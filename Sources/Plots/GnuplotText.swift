/// Foreign text in gnuplot scripts and their tables.
enum GnuplotText {
  /// A string that nothing in the text can end: between single quotes neither backslashes nor
  /// back-quoted commands mean anything.
  static func quoted(_ text: String) -> String {
    "'" + plain(text).split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }

  /// A tick label, in which gnuplot would read % as the begin of a number format.
  static func label(_ text: String) -> String {
    quoted(text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%"))
  }

  /// A field of the table: free of commas and quotes, which gnuplot and spreadsheets read differently.
  static func field(_ text: String) -> String {
    String(plain(text).map { $0 == "," || $0 == "\"" || $0 == "'" ? " " : $0 })
  }

  private static func plain(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }
}
