#pragma once
#include <hdf5.h>
/* HDF5's constants are expressions that call H5open(); Swift cannot import those, so each used one is wrapped. */
static inline hid_t    palimpsest_h5t_native_float(void)   { return H5T_NATIVE_FLOAT; }
static inline hid_t    palimpsest_h5t_native_int64(void)   { return H5T_NATIVE_INT64; }
static inline hid_t    palimpsest_h5t_c_s1(void)           { return H5T_C_S1; }
static inline size_t   palimpsest_h5t_variable(void)       { return H5T_VARIABLE; }
static inline hid_t    palimpsest_h5p_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t    palimpsest_h5p_file_access(void)    { return H5P_FILE_ACCESS; }
static inline unsigned palimpsest_h5f_acc_trunc(void)      { return H5F_ACC_TRUNC; }
static inline unsigned palimpsest_h5f_acc_rdonly(void)     { return H5F_ACC_RDONLY; }
static inline unsigned palimpsest_h5f_acc_rdwr(void)       { return H5F_ACC_RDWR; }
static inline hsize_t  palimpsest_h5s_unlimited(void)      { return H5S_UNLIMITED; }
static inline H5F_libver_t palimpsest_h5f_libver_latest(void) { return H5F_LIBVER_LATEST; }
static inline herr_t   palimpsest_h5_silence(void)         { return H5Eset_auto2(H5E_DEFAULT, 0, 0); }
