// Included in front of every file of a target that postrider_without_caf() names.
#pragma GCC poison caf CAF_CORE_EXPORT
