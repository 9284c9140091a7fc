/// The two factors by which a LoRA changes one weight, by their names in the file.
package struct LoRAModule: Sendable {
  package let part: ModelPart?
  /// As in `LoRAKey`.
  package let name: String
  /// `[rank, inputs]`, or `[rank, inputs, height, width]` for a convolution.
  package let down: String
  /// `[outputs, rank]`, or `[outputs, rank, 1, 1]`.
  package let up: String
  package let rank: Int
  /// alpha / rank: 1 if the file has no alpha.
  package let scale: Double
}
