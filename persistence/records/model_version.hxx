#pragma once

// The version of the stored model. Every *_record.hxx includes this file.
//
// To change the model: raise the current version here and say `open`, change the records, build the
// target `update_schema` (it rewrites changelog/), then say `closed` again. While the
// version is closed the ODB compiler refuses any change of the model. New columns must be nullable
// or have a `default`, because rows of the version before are already there.
#ifdef ODB_COMPILER
#pragma db model version(1, 9, closed)
#endif
