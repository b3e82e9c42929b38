// SPDX-License-Identifier: Apache-2.0
// Leaving and taking the GIL, also at the end of the interpreter. Before Python 3.14 a thread that then asks for the GIL
// is ended by unwinding its stack, which in C++ frames aborts the process: such a thread stays where it is instead.
#pragma once

#include <Python.h>
#include <unistd.h>

namespace mnemic::python {

/// The interpreter is ending: from now on only the thread that ends it gets the GIL.
inline bool is_ending() {
#if PY_VERSION_HEX >= 0x030D0000
  return Py_IsFinalizing() != 0;
#else
  return _Py_IsFinalizing() != 0;
#endif
}

/// Waits for the end of the process.
[[noreturn]] inline void stay() {
  for (;;) pause();
}

/// Lets other Python threads run while it lives.
class Unlocked {
 public:
  Unlocked() : state_(PyEval_SaveThread()) {}
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;
  ~Unlocked() {
    try {
      PyEval_RestoreThread(state_);
    } catch (...) {  // the unwinding
      stay();
    }
  }

 private:
  PyThreadState* state_;
};

/// Has the GIL while it lives, on any thread.
class Locked {
 public:
  Locked() : state_(take()) {}
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() { PyGILState_Release(state_); }

 private:
  static PyGILState_STATE take() {
    try {
      return PyGILState_Ensure();
    } catch (...) {
      stay();
    }
  }
  PyGILState_STATE state_;
};

}  // namespace mnemic::python
