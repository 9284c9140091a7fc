package import Farm
package import Foundation
import Vocabulary

/// Registered models as a table.
package enum ModelTable {
  package static func lines(_ models: [RegisteredModel], now: Date) -> [String] {
    var table = TextTable([
      .text("MODEL"), .text("SIZE"), .number("STEPS"), .text("SAMPLER"), .number("GUIDANCE"), .text("DIGEST"),
      .text("REGISTERED"), .text("FOLDER"),
    ])
    for model in models {
      let defaults = model.defaults
      table.add([
        model.name, "\(defaults.width)x\(defaults.height)", String(defaults.steps), defaults.sampler.rawValue,
        Measure.number(defaults.guidance), Measure.digest(model.digest), Measure.age(model.registered, now: now),
        model.variant.map { "\(model.folder) (\($0))" } ?? model.folder,
      ])
    }
    return table.lines()
  }
}

extension RegisteredModel {
  /// The keys that `config/json-output.md` documents for a model.
  package var document: JSONDocument {
    var members: [String: JSONDocument] = [
      "name": JSONDocument(name), "folder": JSONDocument(folder), "digest": JSONDocument(digest),
      "multiple": JSONDocument(multiple), "registered": JSONDocument(registered),
      "defaults": [
        "width": JSONDocument(defaults.width), "height": JSONDocument(defaults.height),
        "steps": JSONDocument(defaults.steps), "sampler": JSONDocument(defaults.sampler.rawValue),
        "guidance": .double(defaults.guidance),
      ],
      "files": .array(
        registration.files.map {
          ["path": JSONDocument($0.path), "bytes": JSONDocument($0.bytes), "sha256": JSONDocument($0.sha256)]
        }),
    ]
    // Registrations without one print what they printed before there were variants.
    if let variant { members["variant"] = JSONDocument(variant) }
    return .object(members)
  }
}
