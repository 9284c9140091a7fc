import Admin
import EmoGen
import Farm
import Files
import Vocabulary

extension FarmSession {
  /// The model that a batch is rendered with, registered.
  ///
  /// On first use, with no model registered, the default one is registered if its folder is found.
  /// - Parameter name: from the specification; if nil, the configured one.
  func model(_ name: String?) async throws -> RegisteredModel {
    switch try await choose(name) {
    case .registered(let model): return model
    case .unregistered(let registration):
      let model = try await database.models.register(registration)
      Console.say("registered the default model '\(model.name)' from \(model.folder)")
      return model
    }
  }

  /// As above, but registers nothing.
  func plannedModel(_ name: String?) async throws -> ModelDescription {
    switch try await choose(name) {
    case .registered(let model): model.registration
    case .unregistered(let registration): registration
    }
  }

  private enum Choice {
    case registered(RegisteredModel)
    case unregistered(ModelDescription)
  }

  private func choose(_ given: String?) async throws -> Choice {
    let registered = try await database.models.list()
    let name = given ?? settings.model
    if let model = registered.first(where: { $0.name == name }) { return .registered(model) }
    guard name == DefaultModel.name, registered.isEmpty else {
      return .registered(try await database.models.find(name))
    }
    guard let folder = DefaultModel.folder(home: settings.home) else {
      throw AdminError("no model is registered: register one with: emofarm models add NAME DIR")
    }
    return .unregistered(try ModelFolder(folder).describe().named(name))
  }
}
