// Runs a declarative Jenkinsfile as it stands: stages in their order, `when`, credentials and parameters as variables, sh
// through a shell. What it does not know is an error, so that nothing is skipped in silence. Not Jenkins itself.
// Usage: groovy.ui.GroovyMain jenkinsfile.groovy FILE FOLDER; the variables BRANCH_NAME and TARGET say
// the branch and the parameter.
class Block {
  Map env
  Map params
  File folder
  void on(Closure work, Object delegate = this) {
    work.delegate = delegate
    work.resolveStrategy = Closure.DELEGATE_FIRST
    work()
  }
  def propertyMissing(String name) {
    if (name == 'any') return name
    throw new MissingPropertyException(name, Block)
  }
}
class Options extends Block {
  void disableConcurrentBuilds() {}
  void timeout(Map most) { assert most.time > 0 && most.unit }
}
class Parameters extends Block {
  void choice(Map of) {
    params[of.name] = params[of.name] ?: of.choices[0]
    assert params[of.name] in of.choices
  }
  void string(Map of) { params[of.name] = params[of.name] ?: of.defaultValue }
}
class Environment extends Block {
  void setProperty(String name, Object value) {
    if (name in ['env', 'params', 'folder']) this.@"$name" = value
    else env[name] = value.toString()
  }
}
class Steps extends Block {
  void sh(String script) {
    def process = new ProcessBuilder('sh', '-xe', '-c', script).directory(folder).inheritIO()
    (params + env).each { name, value -> process.environment()[name] = value.toString() }
    if (process.start().waitFor() != 0) throw new IllegalStateException("failed: $script")
  }
  Map string(Map of) { [(of.variable): "credential $of.credentialsId"] }
  Map usernamePassword(Map of) {
    [(of.usernameVariable): "user of $of.credentialsId", (of.passwordVariable): "password of $of.credentialsId"]
  }
  void withCredentials(List<Map> bound, Closure work) {
    def before = new HashMap(env)
    bound.each { env.putAll(it) }
    try { on(work) } finally { env.clear(); env.putAll(before) }
  }
}
class When extends Block {
  boolean met = true
  void branch(String name) { met = met && env.BRANCH_NAME == name }
}
class Post extends Block {
  Closure failed
  void failure(Closure work) { failed = work }
  void script(Closure work) { on(work, new Steps(env: env, params: params, folder: folder)) }
}
class Stage extends Block {
  boolean met = true
  IllegalStateException broken
  void when(Closure work) { def asked = new When(env: env, params: params, folder: folder); on(work, asked); met = asked.met }
  void steps(Closure work) {
    try { if (met) on(work, new Steps(env: env, params: params, folder: folder)) }
    catch (IllegalStateException failure) { broken = failure }
  }
  void post(Closure work) {
    def after = new Post(env: env, params: params, folder: folder)
    on(work, after)
    if (broken) on(after.failed, after)
  }
}
class Stages extends Block {
  void stage(String name, Closure work) {
    println "stage $name"
    def stage = new Stage(env: env, params: params, folder: folder)
    on(work, stage)
    if (stage.broken) throw stage.broken
  }
}
class Pipeline extends Block {
  void agent(Object which) { assert which == 'any' }
  void options(Closure work) { on(work, new Options(env: env, params: params, folder: folder)) }
  void parameters(Closure work) { on(work, new Parameters(env: env, params: params, folder: folder)) }
  void environment(Closure work) { on(work, new Environment(env: env, params: params, folder: folder)) }
  void stages(Closure work) { on(work, new Stages(env: env, params: params, folder: folder)) }
}

def build = [GIT_COMMIT: 'abc123', BUILD_NUMBER: '7', BUILD_URL: 'https://ci.test/7', BRANCH_NAME: System.getenv('BRANCH_NAME')]
def pipeline = new Pipeline(env: build, params: [IMAGE: 'registry.test/pillivery', TARGET: System.getenv('TARGET')], folder: new File(args[1]))
def names = new Binding([env: pipeline.env, params: pipeline.params])
names.setVariable('pipeline', { Closure work -> pipeline.on(work) })
try {
  new GroovyShell(names).evaluate(new File(args[0]))
} catch (IllegalStateException failure) {
  println failure.message
  System.exit(1)
}
