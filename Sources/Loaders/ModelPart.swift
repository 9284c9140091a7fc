/// A network of a base model, by the name of its folder in diffusers' layout.
package enum ModelPart: String, CaseIterable, Sendable {
  case textEncoder = "text_encoder"
  case unet, vae
}
