#pragma once

// Calls that Swift's Glibc does not declare. Where nothing else is said, they return 0, or -1 with errno set.

/// Exchanges what two paths on one file system name, in one step: renameat2(2) with RENAME_EXCHANGE.
/// EINVAL, ENOSYS or EOPNOTSUPP where the kernel or the file system cannot.
int cfiles_exchange(const char *first, const char *second);

/// Writes all data of the file system that holds an open file to its disk: syncfs(2).
int cfiles_sync_file_system(int descriptor);

/// Lets a program that is started by posix_spawn_file_actions_t `actions` get no descriptor from `first` on:
/// posix_spawn_file_actions_addclosefrom_np(3). Returns an error number.
int cfiles_close_from(void *actions, int first);

/// Lets it start in a folder: posix_spawn_file_actions_addchdir_np(3). Returns an error number.
int cfiles_change_folder(void *actions, const char *folder);
