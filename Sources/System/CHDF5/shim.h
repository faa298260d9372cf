#pragma once
#include <hdf5.h>
/* HDF5's constants are expressions that call H5open(); Swift cannot import those, so each used one is wrapped. */
static inline hid_t    palimpsest_h5t_float(void)          { return H5T_IEEE_F32LE; }
static inline hid_t    palimpsest_h5t_double(void)         { return H5T_IEEE_F64LE; }
static inline hid_t    palimpsest_h5t_int64(void)          { return H5T_STD_I64LE; }
static inline hid_t    palimpsest_h5t_int8(void)           { return H5T_STD_I8LE; }
static inline hid_t    palimpsest_h5t_c_s1(void)           { return H5T_C_S1; }
static inline hid_t    palimpsest_h5p_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t    palimpsest_h5p_link_create(void)    { return H5P_LINK_CREATE; }
static inline hid_t    palimpsest_h5p_file_access(void)    { return H5P_FILE_ACCESS; }
static inline unsigned palimpsest_h5f_acc_trunc(void)      { return H5F_ACC_TRUNC; }
static inline unsigned palimpsest_h5f_acc_rdonly(void)     { return H5F_ACC_RDONLY; }
static inline hsize_t  palimpsest_h5s_unlimited(void)      { return H5S_UNLIMITED; }
static inline hid_t    palimpsest_h5e_default(void)        { return H5E_DEFAULT; }
/* Error stacks are per thread, and so is whether they are printed. */
static inline herr_t   palimpsest_h5_silence(void)         { return H5Eset_auto2(H5E_DEFAULT, 0, 0); }
static inline herr_t   palimpsest_h5_latest(hid_t fapl)    { return H5Pset_libver_bounds(fapl, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST); }
