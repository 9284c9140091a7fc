import Admin
import Farm
import Files
import Foundation
import Vocabulary

/// What a gallery's form asks for. The fields are short forms of the condition that `emofarm export --where` takes: they
/// become its text, and the images are those that it finds.
struct GalleryFields: Sendable {
  /// What the classifier recognised.
  enum Recognised: Equatable, Sendable {
    /// The emotion that was asked for.
    case asked
    /// Another one.
    case other
    case emotion(Emotion)

    static let words = ["asked", "other"] + Emotion.names

    var word: String {
      switch self {
      case .asked: "asked"
      case .other: "other"
      case .emotion(let emotion): emotion.rawValue
      }
    }
  }

  var choice = GalleryPage.Choice.all
  var recognised: Recognised?
  /// The least and the most probability of the emotion that was asked for.
  var least: Double?
  var most: Double?
  var worker: Int64?
  var seed: Int64?
  var prompt: String?
  /// A condition in its own words.
  var condition: String?
  var order = GalleryOrder.index
  var after: GalleryPlace?

  static let names: Set<String> = [
    "emotion", "recognised", "least", "most", "worker", "seed", "prompt", "where", "order", "after", "from",
  ]

  init() {}

  /// - Throws: ``PageError`` (`badRequest`) that names the field and what it takes.
  init(_ query: Query) throws(PageError) {
    choice = try GalleryPage.Choice(query.text("emotion"))
    if let word = query.text("recognised") {
      switch (word, Emotion(rawValue: word)) {
      case ("asked", _): recognised = .asked
      case ("other", _): recognised = .other
      case (_, let emotion?): recognised = .emotion(emotion)
      default:
        throw PageError(
          .badRequest, "recognised=\(word.prefix(40)) must be one of \(Self.Recognised.words.joined(separator: ", "))")
      }
    }
    least = try query.decimal("least", in: 0...1)
    most = try query.decimal("most", in: 0...1)
    if let least, let most, least > most {
      throw PageError(.badRequest, "least=\(least) is above most=\(most): no probability is both")
    }
    worker = try query.number("worker", in: 0...Int64.max)
    seed = try query.number("seed", in: 0...Int64.max)
    prompt = query.text("prompt")
    condition = query.text("where")
    order = try query.word("order", as: GalleryOrder.self) ?? .index
    let from = try query.number("from", in: 0...Int64(Int32.max)).map { Int($0) - 1 }
    if let from {
      guard order != .doubt else {
        throw PageError(.badRequest, "from=\(from + 1) is an index: it needs order=index or order=rejected")
      }
      after = order == .rejected ? .trial(from, Int(Int16.max)) : .index(from)
    }
    if let text = query.text("after") {
      guard let place = GalleryPlace(text, in: order) else {
        throw PageError(.badRequest, "after=\(text.prefix(40)) is no place in the order '\(order.rawValue)'")
      }
      after = place
    }
  }

  /// The condition in the words of `--where`; empty for every image.
  var text: String {
    var parts: [String] = []
    if case .emotion(let name) = choice { parts.append("emotion = \(name ?? "null")") }
    switch recognised {
    case nil: break
    case .asked: parts.append("recognised = true")
    case .other: parts.append("recognised = false")
    case .emotion(let emotion): parts.append("measured_emotion = \(emotion.rawValue)")
    }
    if let least { parts.append("emotion_probability >= \(least)") }
    if let most { parts.append("emotion_probability <= \(most)") }
    if let worker { parts.append("worker = \(worker)") }
    if let seed { parts.append("seed = \(seed)") }
    if let prompt {
      let text = ImageCondition.quoted(prompt)
      parts.append("(prompt ~ \(text) or text ~ \(text))")
    }
    if let condition { parts.append(parts.isEmpty ? condition : "(\(condition))") }
    return parts.joined(separator: " and ")
  }

  /// - Throws: `InputError` for a condition that cannot be read.
  func filter() throws -> ImageFilter {
    let text = text
    return text.isEmpty ? .everything : try ImageCondition(parsing: text).filter
  }

  /// Whether nothing narrows the batch down.
  var isEverything: Bool { text.isEmpty }

  /// The fields as an address has them, without the place.
  private var pairs: [(String, String)] {
    var pairs: [(String, String)] = []
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { pairs.append((name, value)) }
    }
    if case .emotion(let name) = choice { add("emotion", name ?? "none") }
    add("recognised", recognised?.word)
    add("least", least.map { "\($0)" })
    add("most", most.map { "\($0)" })
    add("worker", worker.map { "\($0)" })
    add("seed", seed.map { "\($0)" })
    add("prompt", prompt)
    add("where", condition)
    if order != .index { add("order", order.rawValue) }
    return pairs
  }

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:")

  /// The address of the gallery with these fields.
  func address(of batch: Int64, after place: GalleryPlace? = nil) -> String {
    let all = pairs + (place.map { [("after", $0.text)] } ?? [])
    let query = all.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? "")" }
    return "/batches/\(batch)/images\(query.isEmpty ? "" : "?")\(query.joined(separator: "&"))"
  }
}
