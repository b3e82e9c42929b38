# Compile settings shared by every target of this project; none of them reaches a consumer.

function(mnemic_compile_settings target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
    -Wno-missing-field-initializers  # designated initialisers leave fields to their defaults on purpose
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # false alarms of g++ 12 on string concatenation (GCC bug 105651)
    -ffp-contract=off)               # the same order of results on every CPU (docs/architecture.md)
  if(MNEMIC_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(MNEMIC_SANITIZE)
    list(JOIN MNEMIC_SANITIZE "," sanitizers)
    target_compile_options(${target} PRIVATE -fsanitize=${sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${sanitizers})
  endif()
endfunction()
