import Tensors
import Testing

@Suite struct `A warning about slow kernels` {
  @Test func `is not given where OpenBLAS chose what the processor has`() {
    #expect(BLAS.warnings(environment: [:], coreType: "Cooperlake", processor: .avx512Dot).isEmpty)
    #expect(BLAS.warnings(environment: [:], coreType: "Haswell", processor: .avx2).isEmpty)
    #expect(BLAS.warnings(environment: [:], coreType: "Prescott", processor: .portable).isEmpty)
  }

  @Test func `names an exported variable and says to unset it`() {
    let warnings = BLAS.warnings(
      environment: ["OPENBLAS_CORETYPE": "Haswell"], coreType: "Haswell", processor: .avx512)
    #expect(warnings.count == 1)
    #expect(warnings[0].contains("OPENBLAS_CORETYPE=Haswell") && warnings[0].contains("unset OPENBLAS_CORETYPE"))
    #expect(warnings[0].contains("half the speed"))
  }

  @Test func `is given for a variable that does no harm today, without a loss`() {
    let warnings = BLAS.warnings(environment: ["OPENBLAS_L2_SIZE": "512"], coreType: "Haswell", processor: .avx2)
    #expect(warnings.count == 1 && !warnings[0].contains("speed"))
  }

  @Test(arguments: [("Zen", ProductKernels.avx512), ("Prescott", .avx2)])
  func `says what to do about a library that does not know the processor`(_ core: String, _ kernels: ProductKernels) {
    let warnings = BLAS.warnings(environment: [:], coreType: core, processor: kernels)
    #expect(warnings.count == 1 && warnings[0].contains("Install a newer libopenblas-dev"))
  }
}
