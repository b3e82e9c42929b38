// SPDX-License-Identifier: Apache-2.0
// What somebody else's program does with an installed mnemic.
#include <mnemic/mnemic.hpp>

#include <iostream>

int main(int, char** argv) {
  try {
    mnemic::Store store = mnemic::Store::open(argv[1]).value();
    mnemic::Scope ada = store.scope({"acme", "ada"}).value();
    ada.put({.key = "door:12", .text = "The door of room 12 is locked."}).value();
    for (const mnemic::Hit& hit : ada.recall({.text = "which door is locked?"}).value().hits) {
      std::cout << hit.memory.text << '\n';
      // An exception thrown in the library is caught here by its type.
      try {
        (void)ada.recall({}).value();
      } catch (const mnemic::Error& error) {
        return error.status().code() == mnemic::StatusCode::kInvalidArgument ? 0 : 2;
      }
    }
  } catch (const mnemic::Error& error) {
    std::cerr << error.what() << '\n';
  }
  return 1;
}
