import Checkpoints
import Files
import Imaging

extension ImagePreprocessing {
  /// The `preprocessor_config.json` of transformers' `CLIPImageProcessor`.
  private struct Processor: Decodable {
    let size: Extent?
    let cropSize: Extent?
    let resample: Int?
    let mean: [Float]?
    let deviation: [Float]?
    let crops: Bool?

    enum CodingKeys: String, CodingKey {
      case size, resample
      case cropSize = "crop_size"
      case mean = "image_mean"
      case deviation = "image_std"
      case crops = "do_center_crop"
    }
  }

  /// A number, or an object that names the sides.
  private enum Extent: Decodable {
    case plain(Int)
    case shortest(Int)
    case exact(width: Int, height: Int)

    private enum CodingKeys: String, CodingKey {
      case width, height
      case shortest = "shortest_edge"
    }

    init(from decoder: any Decoder) throws {
      if let side = try? decoder.singleValueContainer().decode(Int.self) {
        self = .plain(side)
        return
      }
      let container = try decoder.container(keyedBy: CodingKeys.self)
      if let side = try container.decodeIfPresent(Int.self, forKey: .shortest) {
        self = .shortest(side)
      } else {
        self = .exact(
          width: try container.decode(Int.self, forKey: .width), height: try container.decode(Int.self, forKey: .height)
        )
      }
    }
  }

  /// CLIP's preprocessing by a model folder's configuration.
  ///
  /// - Parameters:
  ///   - file: a `preprocessor_config.json`; nil for CLIP's published settings.
  ///   - side: side of the vision tower's input in pixels.
  /// - Throws: `CheckpointError` naming the invalid key.
  package init(clip file: String?, side: Int) throws {
    let published = ImagePreprocessing(
      resize: .shortest(side), filter: .bicubic, crop: side, mean: [0.48145466, 0.4578275, 0.40821073],
      deviation: [0.26862954, 0.26130258, 0.27577711])
    guard let file else {
      self = published
      return
    }
    let config: Processor = try ConfigFile.read(from: file)
    func invalid(_ key: String, _ why: String) -> CheckpointError {
      CheckpointError(.malformed, file: file, "key '\(key)': \(why)")
    }
    let crops = config.crops ?? true
    let resize: Resize
    switch config.size {
    // In old files, a plain number is the length of the shorter side if a crop follows, otherwise that of both sides.
    case .plain(let length): resize = crops ? .shortest(length) : .exact(length)
    case .shortest(let length): resize = .shortest(length)
    case .exact(let width, let height):
      guard width == height else { throw invalid("size", "\(width)×\(height) is not a square, which CLIP needs") }
      resize = .exact(width)
    case nil: resize = published.resize
    }
    var crop: Int?
    if crops {
      switch config.cropSize {
      case .plain(let length), .shortest(let length): crop = length
      case .exact(let width, _): crop = width
      case nil: crop = side
      }
    }
    let filter: ResizeFilter
    switch config.resample ?? 3 {
    case 2: filter = .bilinear
    case 3: filter = .bicubic
    default: throw invalid("resample", "expected 2 (bilinear) or 3 (bicubic)")
    }
    let (mean, deviation) = (config.mean ?? published.mean, config.deviation ?? published.deviation)
    guard mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 > 0 }) else {
      throw invalid("image_mean, image_std", "expected three numbers each, with deviations above 0")
    }
    self.init(resize: resize, filter: filter, crop: crop, mean: mean, deviation: deviation)
    guard self.side == side, crops || self.resize == .exact(side) else {
      throw invalid("size", "gives squares of \(self.side) pixels, but the vision tower needs squares of \(side)")
    }
  }
}
