// SPDX-License-Identifier: Apache-2.0
// The bytes of table/table.bin, put into the library by the assembler: a table in C++ would take minutes to compile.
#include "embed/static_table.hpp"

#if defined(__APPLE__)
#define MNEMIC_SECTION ".section __TEXT,__const\n"
#define MNEMIC_SYMBOL(name) "_" #name
#else
#define MNEMIC_SECTION ".section .rodata\n"
#define MNEMIC_SYMBOL(name) #name
#endif

extern "C" {
extern const char mnemic_static_table_begin __attribute__((visibility("hidden")));
extern const char mnemic_static_table_end __attribute__((visibility("hidden")));
}

__asm__(MNEMIC_SECTION
        ".balign 64\n"
        ".globl " MNEMIC_SYMBOL(mnemic_static_table_begin) "\n"
        MNEMIC_SYMBOL(mnemic_static_table_begin) ":\n"
        ".incbin \"" MNEMIC_STATIC_TABLE_FILE "\"\n"
        ".globl " MNEMIC_SYMBOL(mnemic_static_table_end) "\n"
        MNEMIC_SYMBOL(mnemic_static_table_end) ":\n"
        ".byte 0\n"
        ".text\n");

namespace mnemic::embed {

const StaticTable& shipped_table() {
  static const StaticTable table({&mnemic_static_table_begin, static_cast<std::size_t>(&mnemic_static_table_end - &mnemic_static_table_begin)});
  return table;
}

}  // namespace mnemic::embed
