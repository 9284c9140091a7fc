#ifndef EMOFARM_COPENBLAS_H
#define EMOFARM_COPENBLAS_H

#if !__has_include(<openblas-pthread/cblas.h>)
#error "OpenBLAS's headers are missing: install them, on Debian with: apt-get install libopenblas-dev libopenblas-pthread-dev"
#endif
#include <openblas-pthread/cblas.h>

/// The types of OpenBLAS's functions, for the addresses that `dlsym` gives: this module links nothing, because the
/// library is opened at run time.
typedef __typeof__(&cblas_sgemm) openblas_sgemm;
typedef __typeof__(&cblas_dgemm) openblas_dgemm;
typedef __typeof__(&openblas_set_num_threads) openblas_thread_setter;
typedef __typeof__(&openblas_get_corename) openblas_text_getter;

/// LAPACK's eigenvalue solver for symmetric matrices, DSYEVD. OpenBLAS carries LAPACK's Fortran routines, but its
/// headers declare only a few of them. As gfortran compiles it, the lengths of the two strings come last.
typedef void (*openblas_dsyevd)(const char *job, const char *triangle, const blasint *order, double *matrix,
                                const blasint *stride, double *eigenvalues, double *work,
                                const blasint *work_count, blasint *integers, const blasint *integer_count,
                                blasint *info, size_t job_length, size_t triangle_length);

#endif
