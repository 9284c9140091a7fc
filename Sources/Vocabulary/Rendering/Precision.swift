/// In which format the large products read their inputs; sums and everything else are fp32.
package enum Precision: String, CaseIterable, Codable, Sendable {
  case fp32
  /// bfloat16 for layers over rows, convolutions and attention, where the processor has dot products of it.
  case bf16
}
