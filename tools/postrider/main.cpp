#include "tools/postrider/command_line.hpp"
#include "tools/postrider/sendmail/arguments.hpp"

#include <exception>
#include <iostream>
#include <thread>
#include <unistd.h>

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  postrider::cli::command_context context{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .variables = postrider::cli::process_environment(),
      .pause = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); },
      .terminal = ::isatty(STDERR_FILENO) == 1,
  };
  try {
    std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    // A link such as /usr/sbin/sendmail.
    if (auto own = postrider::cli::arguments_of_name(argc > 0 ? argv[0] : "", arguments)) {
      arguments = std::move(*own);
      arguments.insert(arguments.begin(), "sendmail");
    }
    const int code = postrider::cli::run_command_line(std::move(arguments), context);
    std::cout.flush();
    if (std::cout.good()) return code;
    std::cerr << "postrider: the output could not be written; is the disk full?" << std::endl;
    return postrider::cli::failed;
  } catch (const std::exception& unexpected) {
    std::cerr << "postrider: internal error: " << unexpected.what() << std::endl;
    return postrider::cli::failed;
  }
}
