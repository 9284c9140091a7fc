import Engine

/// What the U-Net's inner levels gave last, for calls that do not run them again.
///
/// From one step of a denoising run to the next they change little. Source: Ma et al., "DeepCache: Accelerating Diffusion
/// Models for Free", CVPR 2024.
package final class InnerFeatures {
  /// What the outermost level's way up takes in; nil where the next call has to run all levels.
  var features: Tensor?

  package init() {}

  /// Lets the next call run all levels.
  package func forget() { features = nil }
}
