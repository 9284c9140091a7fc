/// The samplers, by the names that commands and files use.
package enum SamplerName: String, CaseIterable, Codable, Hashable, Sendable {
  case ddim, pndm, euler, unipc
  case eulerAncestral = "euler-ancestral"
  case dpmpp2m = "dpmpp-2m"
  case dpmpp2mKarras = "dpmpp-2m-karras"
}
