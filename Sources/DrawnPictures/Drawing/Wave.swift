/// Trigonometry in turns; 1 is a full circle.
///
/// The functions are written out, because the last bits of the system library's functions depend on its version and the
/// CPU, and drawings must have the same bytes everywhere.
enum Wave {
  /// sin(2π · `turns`), with an error below 2e-6.
  static func sine(_ turns: Float) -> Float {
    var part = turns - turns.rounded(.toNearestOrEven)
    if part > 0.25 { part = 0.5 - part } else if part < -0.25 { part = -0.5 - part }
    let x = part * 6.283_185_5
    let square = x * x
    // Taylor series: within a quarter turn, the next term is below 2e-6.
    let series: Float =
      1 - square * (0.166_666_67 - square * (0.008_333_333 - square * (0.000_198_412_7 - square * 2.755_7e-6)))
    return x * series
  }

  static func cosine(_ turns: Float) -> Float { sine(turns + 0.25) }

  /// The direction of `point` in turns from −0.5 to 0.5, with an error below 2e-5 (Abramowitz and Stegun 4.4.49).
  static func turns(of point: Point) -> Float {
    let (ax, ay) = (abs(point.x), abs(point.y))
    guard max(ax, ay) > 0 else { return 0 }
    let ratio = min(ax, ay) / max(ax, ay)
    let square = ratio * ratio
    let series: Float =
      0.999_866 - square * (0.330_299_5 - square * (0.180_141 - square * (0.085_133 - square * 0.020_835_1)))
    var angle = ratio * series / 6.283_185_5
    if ay > ax { angle = 0.25 - angle }
    if point.x < 0 { angle = 0.5 - angle }
    return point.y < 0 ? -angle : angle
  }
}
