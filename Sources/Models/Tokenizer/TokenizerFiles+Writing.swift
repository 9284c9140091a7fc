import CCLIPVocabulary
import Files

extension TokenizerFiles {
  /// The files of a tokenizer folder with CLIP's vocabulary, as transformers writes them.
  ///
  /// - Parameter pad: the padding token: `<|endoftext|>` in Stable Diffusion 1.x, `!` in 2.x.
  package static func documents(pad: String) throws -> [String: String] {
    let files = try clip(pad: pad)
    let entries = files.contents.enumerated().map { "\(JSONString.quoted($0.element)):\($0.offset)" }
    let merges = String(
      decoding: UnsafeBufferPointer(start: clip_merges(), count: clip_merges_count()), as: UTF8.self)
    let (begin, end) = (SpecialTokenIDs.beginContent, SpecialTokenIDs.endContent)
    func token(_ content: String) -> String {
      #"{"content":\#(JSONString.quoted(content)),"lstrip":false,"normalized":true,"rstrip":false,"single_word":false}"#
    }
    let special =
      #""bos_token":\#(token(begin)),"eos_token":\#(token(end)),"pad_token":\#(JSONString.quoted(pad)),"unk_token":\#(token(end))"#
    return [
      "vocab.json": "{\(entries.joined(separator: ","))}\n",
      "merges.txt": merges.hasPrefix("#version") ? merges : "#version: 0.2\n\(merges)",
      "special_tokens_map.json": "{\(special)}\n",
      "tokenizer_config.json":
        #"{"add_prefix_space":false,"do_lower_case":true,"errors":"replace","model_max_length":77,\#(special),"tokenizer_class":"CLIPTokenizer"}"#
        + "\n",
    ]
  }
}
