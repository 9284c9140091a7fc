/// The two factors by which a LoRA changes one weight, by their names in the file.
struct LoRAModule: Sendable {
  let part: ModelPart?
  /// As in `LoRAKey`.
  let name: String
  /// `[rank, inputs]`, or `[rank, inputs, height, width]` for a convolution.
  let down: String
  /// `[outputs, rank]`, or `[outputs, rank, 1, 1]`.
  let up: String
  let rank: Int
  /// alpha / rank: 1 if the file has no alpha.
  let scale: Double
}
