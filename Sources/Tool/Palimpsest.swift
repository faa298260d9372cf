import Workbench

@main
struct Tool {
  static func main() {}
}
