package import Engine

/// What is known after a network call of the denoising loop.
package struct DenoisingStep: Sendable {
  /// The call that has just been made, from 0.
  package let call: Int
  /// How many the run makes in all.
  package let calls: Int
  /// The network's output after guidance, `[N, h, w, C]`.
  package let output: Tensor
  /// The sample after the call, `[N, h, w, C]`.
  package let latents: Tensor
}
