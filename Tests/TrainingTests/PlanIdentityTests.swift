import Testing
import Training
import Vocabulary

/// Checkpoints contain the identity of their run, so its text must not change between versions of the program.
struct PlanIdentityTests {
  private func identity(_ stage: TrainingPlan.Stage, _ settings: TrainingSettings) -> String {
    TrainingPlan(stage: stage, settings: settings, out: "out").identity
  }

  @Test func aMappersIdentityIsUnchangedSinceEarlierVersions() {
    let paper = MapperPlan(model: "demo")
    #expect(
      identity(.mapper(paper), MapperPlan.settings)
        == "250 drawn pictures of 64 demo MapperSettings(pooling: Training.MapperSettings.Pooling.firstEnd,"
        + " attributeWeight: 1.0, attributeTemperature: 1.0, usesConfidence: true, vectorNoise: 0.0) [256]  batch 16")
    var official = MapperPlan(model: "demo", loss: MapperSettings.Preset.officialCode.settings)
    official.attributes = ["tree", "dog"]
    official.loss.usesConfidence = false
    #expect(
      identity(.mapper(official), MapperPlan.settings)
        == "250 drawn pictures of 64 demo MapperSettings(pooling: Training.MapperSettings.Pooling.emotionToken,"
        + " attributeWeight: 0.01, attributeTemperature: 1.0, usesConfidence: false, vectorNoise: 0.0) [256] tree,dog"
        + " batch 16")
  }

  @Test func anotherVariantOfTheWeightsIsAnotherTraining() {
    var plan = MapperPlan(model: "demo")
    plan.variant = "fp16"
    #expect(identity(.mapper(plan), MapperPlan.settings).hasPrefix("250 drawn pictures of 64 demo variant fp16 Mapper"))
  }

  /// Added files count by their digests, in their order, wherever they are.
  @Test func filesAddedToTheBaseFollowInAMappersIdentity() {
    var plan = MapperPlan(model: "demo")
    plan.additions = Additions(
      vae: AddedFile(path: "/a/vae", sha256: "aa"),
      loras: [
        LoRAUse(file: AddedFile(path: "/a/x", sha256: "bb"), weight: 0.8),
        LoRAUse(file: AddedFile(path: "/a/y", sha256: "cc")),
      ], embeddings: [EmbeddingUse(file: AddedFile(path: "/a/z", sha256: "dd"), token: "<cat>")])
    let text = identity(.mapper(plan), MapperPlan.settings)
    #expect(text.hasSuffix(" [256]  batch 16 vae aa lora bb:0.8 lora cc:1.0 embedding dd:<cat>"), "\(text)")
    plan.additions = plan.additions.map { AddedFile(path: "/b\($0.path)", sha256: $0.sha256) }
    #expect(identity(.mapper(plan), MapperPlan.settings) == text)
  }

  @Test func identitiesOfEncodersAndClassifiersAreUnchangedSinceEarlierVersions() {
    #expect(
      identity(.encoder(EncoderPlan()), EncoderPlan.settings)
        == "250 drawn pictures of 64 emotions width 16 layers 1,1,1,1 embedding 128 size 64 batch 64 dropout 0.5"
        + " flip 0.5 shift 0.0625 crop 1.0 jitter 0.0")
    #expect(
      identity(.classifier(ClassifierPlan(clip: "demo/clip")), ClassifierPlan.settings)
        == "250 drawn pictures of 64 demo/clip batch 256")
  }
}
