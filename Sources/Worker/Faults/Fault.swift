import Checkpoints
import Datasets
import EmoGen
import Engine
import Farm
import Files
import Postgres
import Scoring
import Signing
import Specifications
import Training

/// Whose fault an error of a job is. It decides what becomes of the job and of the worker.
package enum Fault: String, Hashable, Sendable, CaseIterable {
  /// The job's own: the attempt counts, and the job is tried again after a pause.
  case job
  /// The specification's, or the model's that it names: no attempt can succeed, so the job is quarantined at once.
  case specification
  /// This host's: the job goes to other hosts without a counted attempt, and this worker suspends itself. When several
  /// hosts agree, the job is quarantined (``JobMachine/hostsThatBlameTheJob``).
  case host
  /// An outage that all hosts share: it is waited out, and no attempt is counted.
  case farm

  package enum Kind: Hashable, Sendable, CaseIterable {
    case images, training
  }

  /// The table. CONTRIBUTING.md has it in words.
  package init(_ error: any Error, of kind: Kind) {
    self =
      switch error {
      case let error as FarmError: Self.of(error)
      case let error as FileError: Self.of(error)
      case let error as PostgresError: error.isOfTheData ? .job : .farm
      // The model's files on this host: ``ImageJobRun`` compares them with those that the batch asks for. A training
      // names its files by path alone, so nothing tells a damaged copy from a wrong path.
      case is CheckpointError: kind == .images ? .host : .specification
      case is ModelMismatch: .host
      // The processor lacks what the settings ask for, or the libraries do not load.
      case is ComputeError: .host
      // No signing key, or one whose certificate has ended.
      case is SigningError: .host
      case is RenderError, is ImpossibleJob, is DatasetError, is BatchSpecError, is MetricsError: .specification
      // Another process, maybe of a worker that lost its lease, still trains in the run folder.
      case let error as TrainingError: error.code == .locked ? .farm : .specification
      default: .job
      }
  }

  private static func of(_ error: FarmError) -> Fault {
    switch error.code {
    // All hosts share the store.
    case .diskFull, .storeAway, .inputDamaged: .farm
    // Not mounted, not this farm's, not writable for this host, keys or authorities that do not fit; rows of a newer
    // program.
    case .fileSystem, .storeRefused, .badSettings, .badRow: .host
    default: .job
    }
  }

  private static func of(_ error: FileError) -> Fault {
    error.code == .full ? .farm : .host
  }
}

/// A fault of a worker's host.
package struct HostFault: Hashable, Sendable {
  /// For the operator: what is wrong, where, and what to do.
  package let reason: String
  package let check: HostCheck

  package init(reason: String, check: HostCheck) {
    self.reason = reason
    self.check = check
  }
}
