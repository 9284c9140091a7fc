/// The input format of the large GEMMs; accumulation and everything else are fp32.
package enum Precision: String, CaseIterable, Codable, Sendable {
  case fp32
  /// bf16 in linear layers, convolutions and attention, on CPUs with bf16 dot products.
  case bf16
}
