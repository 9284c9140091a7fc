import Foundation

/// e^x in double precision.
func exponential(_ x: Double) -> Double { exp(x) }

/// The normal distribution function in double precision.
func normalDistribution(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
