#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Fresh memory that begins on a cache line, to be given back with `systemFree`.
///
/// From a megabyte on it begins on a large page, and the system is asked for large pages: weights and buffers
/// are read from end to end, and the processor fetches ahead only up to the end of a page.
func systemMemory(bytes: Int) -> UnsafeMutableRawPointer {
  let isLarge = bytes >= 1 << 20
  var memory: UnsafeMutableRawPointer?
  let refusal = posix_memalign(&memory, isLarge ? 1 << 21 : 64, bytes)
  guard refusal == 0, let memory else { fatalError("no memory for a tensor of \(bytes) bytes") }
  #if canImport(Glibc)
    // Advice: without large pages everything works as well, only slower.
    if isLarge { madvise(memory, bytes, MADV_HUGEPAGE) }
  #endif
  return memory
}

/// Gives back what `systemMemory` gave.
func systemFree(_ memory: UnsafeMutableRawPointer?) { free(memory) }
