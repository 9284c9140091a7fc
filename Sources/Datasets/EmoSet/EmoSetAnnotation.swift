import Foundation

/// A picture's annotation; every key is optional, and null counts as absent.
struct EmoSetAnnotation: Decodable, Sendable {
  /// The keys that EmoSet's annotations can have.
  enum Key: String, CodingKey, CaseIterable {
    case imageID = "image_id"
    case emotion, scene, object
    case facialExpression = "facial_expression"
    case humanAction = "human_action"
    case brightness, colorfulness
  }

  let imageID: String?
  let emotion: String?
  let scene: String?
  let objects: [String]
  let brightness: Double?
  let colorfulness: Double?
  /// The absent keys.
  let absent: [Key]

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    imageID = try values.decodeIfPresent(Name.self, forKey: .imageID)?.text
    emotion = try values.decodeIfPresent(String.self, forKey: .emotion)
    scene = try values.decodeIfPresent(String.self, forKey: .scene)
    objects = try values.decodeIfPresent(Names.self, forKey: .object)?.all ?? []
    brightness = try values.decodeIfPresent(Double.self, forKey: .brightness)
    colorfulness = try values.decodeIfPresent(Double.self, forKey: .colorfulness)
    absent = try Key.allCases.filter { key in try !values.contains(key) || values.decodeNil(forKey: key) }
  }

  /// An id; some files write it as a number.
  private struct Name: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let number = try? value.decode(Int.self) {
        text = String(number)
      } else {
        text = try value.decode(String.self)
      }
    }
  }

  /// A list of names, or one name.
  private struct Names: Decodable {
    let all: [String]

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let one = try? value.decode(String.self) {
        all = [one]
      } else {
        all = try value.decode([String].self)
      }
    }
  }
}
