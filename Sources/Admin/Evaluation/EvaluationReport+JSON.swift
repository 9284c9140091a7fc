package import Scoring
import Vocabulary

extension EvaluationReport {
  /// - Parameter comparesWithPaper: whether to include the paper's table.
  package func json(comparesWithPaper: Bool = false) -> JSONDocument {
    [
      "classifiers": JSONDocument(classifiers), "resamples": JSONDocument(resamples), "seed": JSONDocument(seed),
      "metrics": .object(named { metric in titles[metric].map { .string($0) } }),
      "columns": .array(columns.map { $0.json(named) }),
      "accuracy_of_real": JSONDocument(accuracyOfReal) { .init(measured: $0) },
      "conclusions": .array(conclusions.map { .string($0) }),
      "paper": comparesWithPaper ? PaperTable.json : .null,
    ]
  }
}

extension EvaluationReport {
  /// A value of each metric under its key; null where it is not measured. A distance of other networks than LPIPS's has a
  /// key of its own.
  fileprivate func named(_ value: (Metric) -> JSONDocument?) -> [String: JSONDocument] {
    var object = Metric.allCases.reduce(into: [String: JSONDocument]()) { object, metric in
      object[metric.rawValue] = value(metric) ?? .null
    }
    let distance = object[Metric.perceptualDistance.rawValue] ?? .null
    object["perceptual_distance"] = hasLPIPS ? .null : distance
    if !hasLPIPS { object[Metric.perceptualDistance.rawValue] = .null }
    return object
  }
}

/// Values of metrics under their keys.
private typealias Naming = ((Metric) -> JSONDocument?) -> [String: JSONDocument]

extension SourceReport {
  fileprivate func json(_ named: Naming) -> JSONDocument {
    [
      "label": JSONDocument(label), "role": JSONDocument(role.rawValue), "origin": JSONDocument(origin),
      "images": JSONDocument(images), "figures": .object(named { self[$0]?.json }),
      "occurrence": JSONDocument(occurrence, \.json),
      "classified_occurrence": JSONDocument(classifiedOccurrence, \.json),
      "emotions": .array(emotions.map { $0.json(named) }),
      "skipped": .array(skipped.map { ["place": JSONDocument($0.place), "reason": JSONDocument($0.reason)] }),
    ]
  }
}

extension SourceReport.EmotionReport {
  fileprivate func json(_ named: Naming) -> JSONDocument {
    [
      "emotion": JSONDocument(emotion.rawValue), "images": JSONDocument(images),
      "figures": .object(named { self[$0]?.json }),
      "predicted": .object(byEmotion(predicted.map { JSONDocument($0) })),
      "probabilities": .object(byEmotion(probabilities.map { JSONDocument(measured: $0) })),
      "occurrence": JSONDocument(occurrence, \.json),
      "classified_occurrence": JSONDocument(classifiedOccurrence, \.json),
      "attributes": .array(
        attributes.map {
          [
            "attribute": JSONDocument($0.attribute), "emotion": JSONDocument($0.emotion) { .string($0.rawValue) },
            "images": JSONDocument($0.images),
          ]
        }),
    ]
  }
}

extension SourceReport.Occurrence {
  fileprivate var json: JSONDocument {
    ["attributes": JSONDocument(attributes), "occurring": JSONDocument(occurring)]
  }
}

extension MixtureReport {
  /// The classifier's results at each weight.
  package var json: JSONDocument {
    [
      "pair": JSONDocument(pair.description), "shows_both": JSONDocument(showsBoth), "middle": middle.json,
      "sweep": .array(sweep.map(\.json)),
      "rises": sweep.count < 2
        ? .null
        : [
          pair.first.rawValue: JSONDocument(rises(pair.first)), pair.second.rawValue: JSONDocument(rises(pair.second)),
        ],
    ]
  }
}

extension MixtureReport.Point {
  fileprivate var json: JSONDocument {
    [
      "weight": JSONDocument(measured: weight), "images": JSONDocument(images),
      "probabilities": .object(byEmotion(probabilities.map(\.json))),
    ]
  }
}

extension Estimate {
  fileprivate var json: JSONDocument {
    [
      "value": JSONDocument(measured: value), "low": JSONDocument(low) { .init(measured: $0) },
      "high": JSONDocument(high) { .init(measured: $0) },
    ]
  }
}

extension PaperTable {
  fileprivate static var json: JSONDocument {
    [
      "caveat": JSONDocument(caveat),
      "rows": .array(
        rows.map {
          [
            "method": JSONDocument($0.method), "fid": .double($0.frechetDistance),
            "lpips": .double($0.perceptualDistance),
            "emo_a": .double($0.emotionAccuracy), "sem_c": .double($0.semanticClarity),
            "sem_d": .double($0.semanticDiversity),
          ]
        }),
    ]
  }
}

/// Maps values in EmoSet's order to the emotions' names.
private func byEmotion(_ values: [JSONDocument]) -> [String: JSONDocument] {
  Dictionary(uniqueKeysWithValues: zip(Emotion.names, values))
}
