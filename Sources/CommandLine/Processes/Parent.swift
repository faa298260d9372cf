import Foundation
import Runs

/// The process that started this one: when it is gone, however it went, this one stops as if asked to.
public enum Parent {
  /// Standard input is a pipe whose other end only the parent holds.
  public static func watch() {
    Thread.detachNewThread {
      var byte: UInt8 = 0
      while true {
        let count = read(0, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { break }
      }
      Interruption.request()
    }
  }
}
