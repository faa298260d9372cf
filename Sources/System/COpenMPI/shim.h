#pragma once
#include <mpi.h>
#include <stdint.h>
/* MPI's constants are casts of addresses; Swift cannot import those, so each used call is wrapped. All return 0 or MPI's
   error code. */

/* Errors come back instead of ending the process. Calls come from any thread, one at a time. */
static inline int palimpsest_mpi_begin(int *rank, int *count, int *threads) {
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, threads);
  if (code == MPI_SUCCESS) code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (code == MPI_SUCCESS) code = MPI_Comm_rank(MPI_COMM_WORLD, rank);
  if (code == MPI_SUCCESS) code = MPI_Comm_size(MPI_COMM_WORLD, count);
  return code;
}
static inline int palimpsest_mpi_is_begun(void) {
  int begun = 0;
  return MPI_Initialized(&begun) == MPI_SUCCESS && begun;
}
static inline int palimpsest_mpi_serialized(void) { return MPI_THREAD_SERIALIZED; }

/* The largest of a number over all processes: an Allreduce whose order changes nothing. */
static inline int palimpsest_mpi_largest(int64_t *number) {
  return MPI_Allreduce(MPI_IN_PLACE, number, 1, MPI_INT64_T, MPI_MAX, MPI_COMM_WORLD);
}
static inline int palimpsest_mpi_broadcast(void *bytes, int count, int root) {
  return MPI_Bcast(bytes, count, MPI_BYTE, root, MPI_COMM_WORLD);
}
static inline int palimpsest_mpi_barrier(void) { return MPI_Barrier(MPI_COMM_WORLD); }
static inline int palimpsest_mpi_end(void) { return MPI_Finalize(); }
static inline void palimpsest_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

/* At most 512 bytes into `text`, with a zero behind. */
static inline void palimpsest_mpi_error(int code, char *text) {
  char whole[MPI_MAX_ERROR_STRING + 1] = "";
  int length = 0;
  if (MPI_Error_string(code, whole, &length) != MPI_SUCCESS) length = 0;
  if (length > 511) length = 511;
  for (int i = 0; i < length; i++) text[i] = whole[i];
  text[length] = 0;
}
