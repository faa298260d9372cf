import Foundation
import Models
import Tensors
import Transformers

/// How fast a GGUF file is read and written with, its blocks multiplied as stored, activations rounded: BENCH_GGUF names
/// the file. Prompts of 512 and of 4,000 tokens, one sequence and eight; the eight with 4,000 have their prompt in common.
let ggufSuite = Suite(
  name: "gguf", summary: "tokens a second read and written by the GGUF file that BENCH_GGUF names",
  figures: [512, 4000].map { length in
    Suite.Figure(
      name: "gguf.\(length)",
      several: { _ in
        guard let path = ProcessInfo.processInfo.environment["BENCH_GGUF"] else {
          print("# gguf: skipped, BENCH_GGUF names no file")
          return []
        }
        let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        let arithmetic: Capacity.Arithmetic = ProductKernels.active == .amx ? .bfloat16 : .int8
        return try readingAndWriting("gguf", length, bytes: Double(bytes), arithmetic) {
          try Decoder(folder: path, storage: .stored, activations: .rounded)
        }
      })
  })
