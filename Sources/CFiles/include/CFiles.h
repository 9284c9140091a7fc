#pragma once

// System calls that Swift's Glibc does not declare. Each returns 0, or -1 with errno set.

/// Exchanges what two paths on one file system name, in one step: renameat2(2) with RENAME_EXCHANGE.
/// EINVAL, ENOSYS or EOPNOTSUPP where the kernel or the file system cannot.
int cfiles_exchange(const char *first, const char *second);

/// Writes all data of the file system that holds an open file to its disk: syncfs(2).
int cfiles_sync_file_system(int descriptor);
