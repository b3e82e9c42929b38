// SPDX-License-Identifier: Apache-2.0
// What libFuzzer calls, for the one target of a program. `PROGRAM --seeds DIRECTORY` writes its seeds, a file each.
#include "fuzz/target.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using mnemic::fuzz::targets;

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  if (*count != 3 || std::string_view((*arguments)[1]) != "--seeds") return 0;
  const std::filesystem::path directory = (*arguments)[2];
  std::filesystem::create_directories(directory);
  int number = 0;
  for (const std::string& seed : targets().at(0).seeds()) {
    std::ofstream(directory / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
  }
  std::exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  targets().at(0).run({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
