import Engine

extension InceptionBlock {
  /// The blocks of FID's Inception-v3 in order. Source: torchvision's `inception.py` and pytorch-fid's `inception.py`.
  static let ofFID: [Plan] = [
    small("Mixed_5b", pool: 32), small("Mixed_5c", pool: 64), small("Mixed_5d", pool: 64),
    Plan(
      name: "Mixed_6a",
      branches: [
        Branch(units: [Unit("branch3x3", 384, .halving)]),
        Branch(units: [
          Unit("branch3x3dbl_1", 64, .square(1)), Unit("branch3x3dbl_2", 96, .square(3)),
          Unit("branch3x3dbl_3", 96, .halving),
        ]),
      ], pool: .halving),
    long("Mixed_6b", 128), long("Mixed_6c", 160), long("Mixed_6d", 160), long("Mixed_6e", 192),
    Plan(
      name: "Mixed_7a",
      branches: [
        Branch(units: [Unit("branch3x3_1", 192, .square(1)), Unit("branch3x3_2", 320, .halving)]),
        Branch(units: [
          Unit("branch7x7x3_1", 192, .square(1)), Unit("branch7x7x3_2", 192, .flat(7)),
          Unit("branch7x7x3_3", 192, .tall(7)), Unit("branch7x7x3_4", 192, .halving),
        ]),
      ], pool: .halving),
    wide("Mixed_7b", pool: .average(192)), wide("Mixed_7c", pool: .maximum(192)),
  ]

  /// `InceptionA`.
  private static func small(_ name: String, pool: Int) -> Plan {
    Plan(
      name: name,
      branches: [
        Branch(units: [Unit("branch1x1", 64, .square(1))]),
        Branch(units: [Unit("branch5x5_1", 48, .square(1)), Unit("branch5x5_2", 64, .square(5))]),
        Branch(units: [
          Unit("branch3x3dbl_1", 64, .square(1)), Unit("branch3x3dbl_2", 96, .square(3)),
          Unit("branch3x3dbl_3", 96, .square(3)),
        ]),
      ], pool: .average(pool))
  }

  /// `InceptionC`.
  private static func long(_ name: String, _ inner: Int) -> Plan {
    Plan(
      name: name,
      branches: [
        Branch(units: [Unit("branch1x1", 192, .square(1))]),
        Branch(units: [
          Unit("branch7x7_1", inner, .square(1)), Unit("branch7x7_2", inner, .flat(7)),
          Unit("branch7x7_3", 192, .tall(7)),
        ]),
        Branch(units: [
          Unit("branch7x7dbl_1", inner, .square(1)), Unit("branch7x7dbl_2", inner, .tall(7)),
          Unit("branch7x7dbl_3", inner, .flat(7)), Unit("branch7x7dbl_4", inner, .tall(7)),
          Unit("branch7x7dbl_5", 192, .flat(7)),
        ]),
      ], pool: .average(192))
  }

  /// `InceptionE`.
  private static func wide(_ name: String, pool: Pool) -> Plan {
    Plan(
      name: name,
      branches: [
        Branch(units: [Unit("branch1x1", 320, .square(1))]),
        Branch(
          units: [Unit("branch3x3_1", 384, .square(1))],
          split: [Unit("branch3x3_2a", 384, .flat(3)), Unit("branch3x3_2b", 384, .tall(3))]),
        Branch(
          units: [Unit("branch3x3dbl_1", 448, .square(1)), Unit("branch3x3dbl_2", 384, .square(3))],
          split: [Unit("branch3x3dbl_3a", 384, .flat(3)), Unit("branch3x3dbl_3b", 384, .tall(3))]),
      ], pool: pool)
  }
}

extension InceptionBlock.Unit {
  fileprivate init(_ name: String, _ outputs: Int, _ shape: ConvolutionShape) {
    self.init(name: name, outputs: outputs, shape: shape)
  }
}

extension ConvolutionShape {
  fileprivate static func square(_ size: Int) -> Self { Self(kernel: size) }
  fileprivate static var halving: Self { Self(kernel: 3, stride: 2, padding: 0) }
  /// A kernel of one row and `size` columns.
  fileprivate static func flat(_ size: Int) -> Self { Self(height: 1, width: size) }
  /// A kernel of `size` rows and one column.
  fileprivate static func tall(_ size: Int) -> Self { Self(height: size, width: 1) }

  private init(height: Int, width: Int) {
    self.init(kernel: max(height, width))
    (self.height, self.width) = (height, width)
    padding = [height / 2, width / 2, height / 2, width / 2]
  }
}
