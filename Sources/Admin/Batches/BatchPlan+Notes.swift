import EmoGen
package import Specifications
package import Vocabulary

extension BatchPlan {
  /// What a model's mapper was trained with and images of emotions of this batch render without, in sentences; a worker
  /// would say the same. Nothing if the model's files are not on this machine.
  package func notes(for model: ModelDescription) -> [String] {
    let weights = model.files.filter { $0.path.hasPrefix("mapper/") }.map(\.sha256)
    let additions = Set(cells.filter { $0.subject.emotion != nil }.map(\.settings.additions))
    let notes = additions.flatMap { MapperBase.notes(in: "\(model.folder)/mapper", mapper: weights, rendering: $0) }
    return Dictionary(notes.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
      .map { $1 == additions.count ? $0 : "\($0) (in some of the cells)" }
  }
}
