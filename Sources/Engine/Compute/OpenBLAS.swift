import CKernels
import COpenBLAS
package import Files
import Foundation

/// OpenBLAS, opened at run time; the types of its functions come from its own headers.
///
/// A linked OpenBLAS would choose its core before `main` runs, and Debian's 0.3.21 treats CPUs newer than itself as
/// plain AVX2 ones, which halves the speed on an AVX-512 machine. The core is therefore set in `OPENBLAS_CORETYPE`
/// before the library is opened. This overrides a previous value of that variable, which may be meant for other
/// programs; users choose another core with `EMOFARM_BLAS_CORE`. OpenBLAS's own threads are switched off: `Compute`
/// divides the work, so that results do not depend on the number of threads.
package struct OpenBLAS: Sendable {
  let sgemm: openblas_sgemm
  let dgemm: openblas_dgemm
  /// Nil if the library was built without LAPACK, which rendering does not need.
  let dsyevd: openblas_dsyevd?
  /// The core whose kernels run, as OpenBLAS names it, such as `Cooperlake`.
  package let core: String
  /// Such as `0.3.21`.
  package let version: String

  /// The library, opened at the first use, or the error that prevented it.
  package static let shared = Result<OpenBLAS, OpenBLASError> { () throws(OpenBLASError) in try OpenBLAS() }

  private init() throws(OpenBLASError) {
    if let wanted = ProcessInfo.processInfo.environment["EMOFARM_BLAS_CORE"] {
      setenv("OPENBLAS_CORETYPE", wanted, 1)
    } else if ek_best_isa() == EK_AVX512 {
      setenv("OPENBLAS_CORETYPE", ek_has_avx512_bf16() != 0 ? "Cooperlake" : "SkylakeX", 1)
    }
    guard let library = dlopen("libopenblas.so.0", RTLD_NOW) ?? dlopen("libopenblas.so", RTLD_NOW) else {
      throw OpenBLASError("OpenBLAS is missing: \(OpenBLASError.remedy)")
    }
    func symbol<T>(_ name: String, as type: T.Type) throws(OpenBLASError) -> T {
      guard let address = dlsym(library, name) else {
        throw OpenBLASError("the installed OpenBLAS lacks the function \(name): \(OpenBLASError.remedy)")
      }
      return unsafeBitCast(address, to: type)
    }
    sgemm = try symbol("cblas_sgemm", as: openblas_sgemm.self)
    dgemm = try symbol("cblas_dgemm", as: openblas_dgemm.self)
    dsyevd = dlsym(library, "dsyevd_").map { unsafeBitCast($0, to: openblas_dsyevd.self) }
    try symbol("openblas_set_num_threads", as: openblas_thread_setter.self)(1)
    let name = try symbol("openblas_get_corename", as: openblas_text_getter.self)()
    let build = try symbol("openblas_get_config", as: openblas_text_getter.self)()
    core = name.map { String(cString: $0) } ?? "unknown"
    version = build.map { String(cString: $0) }?.split(separator: " ").dropFirst().first.map(String.init) ?? "unknown"
  }
}

/// Why OpenBLAS could not be used.
package typealias OpenBLASError = Failure<OpenBLASErrorCode>

package enum OpenBLASErrorCode: SoleErrorCode { case sole }

extension OpenBLASError {
  static let remedy = "install it, on Debian with: apt-get install libopenblas0-pthread"
}
