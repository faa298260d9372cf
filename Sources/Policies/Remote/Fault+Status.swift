import Foundation

extension Fault {
  /// The fault of a status.
  static func of(_ status: Int, _ said: String) -> Fault {
    let said = Wire.line(said)
    return switch status {
    case 401, 403: .forbidden(status, said)
    case 402: .quota(said)
    default: .status(status, said)
    }
  }

  /// The fault of an answer with a status other than 200.
  static func of(_ answer: HTTPAnswer) -> Fault {
    let body = Wire.json(answer.body)
    // Nil is the answer here: a refusal that is not JSON is quoted as it stands.
    if let complaint = (try? JSONDecoder().decode(Refused.self, from: Data(body)))?.complaint {
      if Wire.Complaint.isQuota(complaint.code) { return .quota(Wire.line(complaint.message)) }
      return .of(answer.status, complaint.message)
    }
    return .of(answer.status, String(decoding: body.prefix(600), as: UTF8.self))
  }

  private struct Refused: Decodable {
    var error: Wire.Complaint?
    var message: String?
    var detail: String?

    var complaint: Wire.Complaint? { error ?? (message ?? detail).map(Wire.Complaint.init(saying:)) }
  }
}
