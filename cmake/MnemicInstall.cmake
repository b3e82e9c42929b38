# Installed: the library, the headers, the package config, and the command when it is built.
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/mnemic")
install(TARGETS mnemic EXPORT mnemicTargets FILE_SET HEADERS)
if(MNEMIC_SQLCIPHER_SOURCE AND NOT BUILD_SHARED_LIBS)
  install(TARGETS mnemic_sqlcipher EXPORT mnemicTargets)
endif()
if(MNEMIC_BUILD_CLI)
  install(TARGETS mnemic_cli)
endif()
if(MNEMIC_BUILD_HTTP)
  # An export set of its own: who uses mnemic::mnemic alone needs no libcurl.
  install(TARGETS mnemic_http EXPORT mnemicHttpTargets FILE_SET HEADERS)
  install(EXPORT mnemicHttpTargets NAMESPACE mnemic:: DESTINATION "${package_dir}")
endif()
if(MNEMIC_BUILD_ENCODER)
  install(TARGETS mnemic_encoder EXPORT mnemicEncoderTargets FILE_SET HEADERS)
  install(EXPORT mnemicEncoderTargets NAMESPACE mnemic:: DESTINATION "${package_dir}")
endif()
install(EXPORT mnemicTargets NAMESPACE mnemic:: DESTINATION "${package_dir}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/mnemicConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/mnemicConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/mnemicConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/mnemicConfig.cmake" "${PROJECT_BINARY_DIR}/mnemicConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/MnemicFindPlain.cmake" DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/NOTICE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
