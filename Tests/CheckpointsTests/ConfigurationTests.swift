import Checkpoints
import Tensors
import Testing

@Suite struct `A configuration` {
  let scratch: Scratch
  init() throws { scratch = try Scratch() }

  static let sizes =
    #""vocab_size":100,"hidden_size":64,"intermediate_size":128,"num_hidden_layers":3,"num_attention_heads":4"#

  private func read(_ fields: String) throws -> ModelConfiguration {
    try scratch.write("{\(Self.sizes),\(fields)}", "config.json")
    return try ModelConfiguration(scratch.folder.path)
  }

  @Test func `of Qwen2 has biases at queries, keys and values, and sees everything`() throws {
    let read = try read(
      #""model_type":"qwen2","num_key_value_heads":2,"rope_theta":1000000.0,"rms_norm_eps":1e-06,"#
        + #""tie_word_embeddings":true,"use_sliding_window":false,"sliding_window":32,"max_position_embeddings":512,"#
        + #""eos_token_id":[7,8],"architectures":["Qwen2ForCausalLM"]"#)
    #expect(read.hasInputBias && !read.hasOutputBias && !read.hasInnerBias && read.isTied)
    #expect(read.keyHeads == 2 && read.headWidth == 16 && read.contextLength == 512)
    #expect(read.rotary.base == 1_000_000 && read.rotary.scaling == .none)
    #expect(read.slidingWindows == [nil, nil, nil] && read.end == [7, 8] && read.begin == [])
  }

  @Test func `of Qwen3 has a width of its own for heads`() throws {
    #expect(try read(#""model_type":"qwen3""#).headWidth == 128)
    #expect(try read(#""model_type":"qwen3","head_dim":32"#).headWidth == 32)
  }

  @Test func `of Mistral slides unless it says null`() throws {
    #expect(try read(#""model_type":"mistral""#).slidingWindows == [4096, 4096, 4096])
    #expect(try read(#""model_type":"mistral","sliding_window":8"#).slidingWindows == [8, 8, 8])
    #expect(try read(#""model_type":"mistral","sliding_window":null"#).slidingWindows == [nil, nil, nil])
  }

  @Test func `of Qwen2 slides in the layers it names`() throws {
    let slides = #""model_type":"qwen2","use_sliding_window":true,"sliding_window":8"#
    #expect(try read(slides + #","max_window_layers":1"#).slidingWindows == [nil, 8, 8])
    #expect(
      try read(slides + #","layer_types":["sliding_attention","full_attention","sliding_attention"]"#).slidingWindows
        == [8, nil, 8])
  }

  @Test(arguments: [
    (#""rope_scaling":{"type":"linear","factor":4.0}"#, Rotary.Scaling.linear(factor: 4)),
    (
      #""rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"#
        + #""original_max_position_embeddings":8192}"#,
      .llama3(factor: 8, low: 1, high: 4, original: 8192)
    ),
    (
      #""rope_scaling":{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":32768}"#,
      .yarn(factor: 4, fast: 32, slow: 1, original: 32768, attention: nil, isTruncated: true)
    ),
    (#""rope_scaling":null"#, .none),
    (#""rope_scaling":{"rope_type":"default"}"#, .none),
    (#""rope_parameters":{"rope_type":"linear","factor":2,"rope_theta":500000.0}"#, .linear(factor: 2)),
  ])
  func `scales rotations as it says`(_ fields: String, _ scaling: Rotary.Scaling) throws {
    let read = try read(#""model_type":"llama","# + fields)
    #expect(read.rotary.scaling == scaling)
    #expect(read.rotary.base == (fields.contains("500000") ? 500_000 : 10_000))
  }

  @Test(arguments: [
    (#""model_type":"gemma2""#, "model_type", "“gemma2”"),
    (#""architectures":["LlamaForCausalLM"]"#, "model_type", "missing"),
    (
      #""model_type":"qwen2","architectures":["Qwen2ForSequenceClassification"]"#, "architectures",
      "“Qwen2ForSequenceClassification”"
    ),
    (
      #""model_type":"llama","rope_scaling":{"rope_type":"longrope","short_factor":[1],"long_factor":[2]}"#,
      "rope_scaling.long_factor", "a list of 1"
    ),
    (
      #""model_type":"llama","rope_scaling":{"rope_type":"longrope","short_factor":[2],"long_factor":[2]}"#,
      "rope_scaling.attention_factor", "missing"
    ),
    (
      #""model_type":"llama","rope_scaling":{"rope_type":"longrope","short_factor":[2],"long_factor":[2],"attention_factor":1}"#,
      "rope_scaling", "a table of 4"
    ),
    (#""model_type":"llama","rope_scaling":{"rope_type":"dynamic","factor":2}"#, "rope_scaling.rope_type", "“dynamic”"),
    (#""model_type":"llama","rope_scaling":{"type":"linear"}"#, "rope_scaling.factor", "missing"),
    (#""model_type":"llama","rope_scaling":{"type":"linear","factor":0}"#, "rope_scaling.factor", "0"),
    (
      #""model_type":"llama","rope_parameters":{"partial_rotary_factor":0.5}"#, "rope_parameters.partial_rotary_factor",
      "0.5"
    ),
    (#""model_type":"llama","hidden_act":"gelu""#, "hidden_act", "“gelu”"),
    (#""model_type":"llama","num_key_value_heads":3"#, "num_key_value_heads", "3"),
    (#""model_type":"llama","head_dim":7"#, "head_dim", "7"),
    (#""model_type":"llama","head_dim":-2"#, "head_dim", "-2"),
    (#""model_type":"llama","max_position_embeddings":1e300"#, "max_position_embeddings", "1e300"),
    (#""model_type":"llama","quantization_config":{"bits":4}"#, "quantization_config", "a table of 1"),
    (#""model_type":"llama","tie_word_embeddings":"yes""#, "tie_word_embeddings", "“yes”"),
    (#""model_type":"llama","eos_token_id":[1,-1]"#, "eos_token_id.1", "-1"),
    (#""model_type":"qwen3","use_sliding_window":true,"layer_types":["full_attention"]"#, "layer_types", "a list of 1"),
    (
      #""model_type":"mistral","layer_types":["linear_attention","full_attention","full_attention"]"#, "layer_types",
      "a list of 3"
    ),
  ])
  func `is refused with the field that cannot be computed`(_ fields: String, _ key: String, _ found: String) throws {
    let error = #expect(throws: CheckpointError.self) { try read(fields) }
    guard case .unsupported(let file, key, _, found)? = error else { throw try #require(error) }
    #expect(file.hasSuffix("config.json"))
  }

  @Test(arguments: ["", "{", "[1]", #"{"a":1,"a":2}"#, #"{"vocab_size":NaN}"#, "{\"a\":01}", #"{"vocab_size":"100"}"#])
  func `that is no configuration is an error`(_ text: String) throws {
    try scratch.write(text, "config.json")
    #expect(throws: CheckpointError.self) { try ModelConfiguration(scratch.folder.path) }
  }

  @Test func `of generation has its authors' sampling, and may be missing`() throws {
    #expect(try GenerationConfiguration(scratch.folder.path) == GenerationConfiguration())
    try scratch.write(
      #"{"do_sample":true,"temperature":0.7,"top_p":0.8,"top_k":20,"repetition_penalty":1.05,"eos_token_id":[1,2]}"#,
      "generation_config.json")
    let read = try GenerationConfiguration(scratch.folder.path)
    #expect(read.isSampled && read.temperature == 0.7 && read.topP == 0.8 && read.topK == 20 && read.end == [1, 2])
    #expect(read.repetitionPenalty == 1.05)
  }
}
