import Postgres

/// The statements on what jobs read.
enum InputSQL {
  /// The digests that registered models and batches name: of models, of their files, of added files, of classifiers,
  /// of start pictures and of the inputs of trainings.
  ///
  /// With a million cells, a tenth of which name files, it took 1.6 seconds; `$.**` with a pattern took 7.8.
  static let referenced: SQL = """
    SELECT DISTINCT digest FROM (
      SELECT digest FROM models
      UNION ALL SELECT file #>> '{}' FROM models, jsonb_path_query(files, '$[*].sha256') file
      UNION ALL SELECT model_digest FROM batches WHERE model_digest IS NOT NULL
      UNION ALL SELECT classifiers FROM batches WHERE classifiers IS NOT NULL
      UNION ALL SELECT value #>> '{}'
        FROM cells, jsonb_path_query(settings, '$.*[*].sha256') value
        WHERE settings ?| ARRAY['vae', 'loras', 'embeddings', 'init']
      UNION ALL SELECT value #>> '{}'
        FROM batches, jsonb_path_query(spec -> 'training', '$.** ? (@ like_regex "^[0-9a-f]{64}$")') value
        WHERE spec ? 'training'
    ) named
    """
}
