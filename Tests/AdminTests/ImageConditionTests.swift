import Admin
import Files
import Testing

/// What conditions find is tested with a farm: `ExportSelectionTests`.
struct ImageConditionTests {
  @Test(arguments: [
    "emotion = awe", "EMOTION = 'awe' AND NOT (seed<100 or seed >= 5)", "emotion in (awe, fear, null)",
    "prompt ~ \"a \"\"bag\"\"\"", "guidance >= 7.5 and steps != 3", "not not not index = 1", "emotion != null",
    "((((batch = 1))))", "text = ''",
  ]) func aConditionIsRead(text: String) throws {
    #expect(try ImageCondition(parsing: text).text == text)
  }

  @Test(arguments: [
    ("", "it is empty"), ("emotion", "= != <= >= < > ~ or 'in' is expected instead of the end"),
    ("emotion = ", "a value is expected instead of the end"), ("mood = awe", "there is no 'mood': use emotion, "),
    ("emotion = joy", "no emotion is called 'joy': use amusement, awe"),
    ("emotion < awe", "emotion can only be compared by =, != and 'in'"),
    ("seed = awe", "seed is compared with whole numbers, not with 'awe'"),
    ("seed = 99999999999999999999", "whole numbers"), ("guidance = nan", "guidance is compared with numbers"),
    ("seed < null", "null can only be compared by = and !="),
    ("seed = 1 seed = 2", "'and', 'or' or the end is expected"),
    ("(seed = 1", "')' is expected instead of the end"), ("seed = 1)", "instead of ')'"),
    ("emotion in awe", "'(' is expected"), ("emotion in (awe fear)", "',' or ')' is expected instead of 'fear'"),
    ("prompt = 'bag", "a quoted text has no end"), ("seed ! 1", "'!' has no meaning here"),
    ("and", "a name, 'not' or '(' is expected"), ("seed ~ 1", "whole numbers"),
  ]) func aFaultIsNamed(text: String, problem: String) throws {
    let error = #expect(throws: InputError.self) { try ImageCondition(parsing: text) }
    #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
  }

  @Test func bracketsMayNotBeEndless() throws {
    let deep = String(repeating: "(", count: 100_000)
    #expect(throws: InputError.self) { try ImageCondition(parsing: deep) }
    #expect(throws: InputError.self) { try ImageCondition(parsing: String(repeating: "not ", count: 100_000)) }
    let long = Array(repeating: "seed = 1", count: 10_000).joined(separator: " or ")
    #expect(try ImageCondition(parsing: long).text == long)
  }
}
