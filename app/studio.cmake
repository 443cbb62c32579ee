# SPDX-License-Identifier: GPL-3.0-or-later
add_executable(requant-studio studio_main.cpp)
target_link_libraries(requant-studio PRIVATE requant_ui_widgets requant_options)
target_compile_definitions(requant-studio PRIVATE REQUANT_VERSION="${PROJECT_VERSION}")
install(TARGETS requant-studio RUNTIME DESTINATION bin)
