#include "simulark/model/family.h"

#include "simulark/base/buffer.h"

#include <ctype.h>

/* The first that matches decides. A keyword stands for one word or several ("load balancer"); one with a star matches the
 * beginning of a word, or its end. */
static const struct {
    enum family family;
    const char *keywords; /* commas between */
} rules[] = {
    {FAMILY_CDN,
     "cdn,cloudfront,cloudflare,akamai,fastly,edge network,edge cache"},
    {FAMILY_CACHE,
     "cach*,redis*,memcache*,valkey*,varnish*,elasticache*"},
    {FAMILY_SECURITY,
     "auth*,oauth*,security,identity,iam,firewall*,waf,vault*,secret*,sso,cognito*,keycloak*,okta,encrypt*,"
     "certificate*,moderation*,guard*,permission*"},
    {FAMILY_GATEWAY,
     "gateway*,load balancer*,loadbalancer*,balancer*,lb,alb,elb,nlb,proxy,reverse proxy,ingress*,nginx,haproxy,"
     "envoy,traefik,apigw,kong,api gw"},
    {FAMILY_QUEUE,
     "queue*,stream*,kafka*,rabbit*,sqs,sns,pubsub,pub sub,event*,topic*,broker*,mq,nats,kinesis*,message bus,bus,"
     "mqtt,webhook*,messaging,celery"},
    {FAMILY_SEARCH,
     "search*,elastic*,opensearch*,solr,retriev*,index*,lucene,algolia,serpapi,serp"},
    {FAMILY_DATABASE,
     "database*,db,data base,*sql,sql*,postgres*,mongo*,mysql*,maria*,dynamo*,cassandra*,oracle*,aurora,rds,"
     "bigquery,snowflake,warehouse*,sqlite*,supabase,firestore,neo4j,vector*,pinecone,chroma*,faiss,qdrant,"
     "weaviate,milvus,memory,*db,redshift,clickhouse,datastore*"},
    {FAMILY_STORAGE,
     "storage*,bucket*,s3,blob*,disk*,volume*,file*,filesystem*,nas,efs,gcs,minio,backup*,folder*,lake"},
    {FAMILY_MODEL,
     "ai,ml,llm*,*llm,model*,*ai,gpt*,chatgpt,agent*,agentflow,embedding*,chat model*,claude*,gemini*,openai*,"
     "bert,neural*,inference*,huggingface,replicate,ollama,assistant*,*chain,chain*,tool agent,worker agent,"
     "supervisor*"},
    {FAMILY_FUNCTION,
     "function*,lambda*,func,serverless*,faas,script*,code*,processor*,evaluator*,transform*,javascript,python,"
     "simpleval,job*,cron*,scheduler*,batch*,inject,trigger*"},
    {FAMILY_CONTAINER,
     "container*,docker*,kubernetes,k8s,pod*,cluster*,vm,ec2,instance*,server*,ecs,eks,gke,fargate,host*,machine*,"
     "node pool,compute"},
    {FAMILY_NETWORK,
     "vpc,subnet*,network*,dns,router,vpn,zone*,region*,nat,route53,internet"},
    {FAMILY_MONITOR,
     "monitor*,metric*,log*,alert*,prometheus,grafana*,observab*,trac*,dashboard*,analytic*,datadog,sentry,chart*,"
     "gauge*,vis,visual*,inspect*,debug*,report*,telemetry"},
    {FAMILY_LOGIC,
     "condition*,decision*,if*,else,switch*,rout*,loop*,iteration*,branch*,merge*,join*,split*,start*,end*,finish,"
     "human input,gate,change,link*,junction*,direct reply"},
    {FAMILY_CLIENT,
     "client*,user*,actor*,person*,people,customer*,browser*,mobile*,frontend*,front,web,webapp*,ui,app,"
     "application*,spa,desktop,device*,iot,ios,android,human,input,form*,button*,slider*,page*,dropdown*,admin*,"
     "react,nextjs"},
    {FAMILY_EXTERNAL,
     "external*,third*,saas,partner*,vendor*,outside,http*,request*,stripe,twilio,payment*,email*,smtp,sendgrid,"
     "slack,github*,google*,web scraper*,scraper*"},
    {FAMILY_TEXT,
     "text*,doc*,prompt*,note*,comment*,sticky*,csv,json,yaml,pdf,markdown,parser*,template*,table*,tabular,"
     "label*,annotation*,xml"},
    {FAMILY_SERVICE,
     "service*,microservice*,api*,backend*,svc,worker*,engine*,micro*,process*,component*,module*,system*,tool*,"
     "business,core,rest,graphql,grpc,controller*,handler*,consumer*,producer*"},
};

/* "AwsLambda_v2 HTTPServer" becomes " aws lambda v2 http server ". */
static void append_words(struct buffer *words, const char *text)
{
    bool gap = true;

    buffer_byte(words, ' ');
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        bool begins = isupper(c) && p > text && (islower((unsigned char)p[-1]) || islower((unsigned char)p[1]));

        if (c < 0x80 && !isalnum(c)) {
            if (!gap)
                buffer_byte(words, ' ');
            gap = true;
            continue;
        }
        if (begins && !gap)
            buffer_byte(words, ' ');
        buffer_byte(words, (char)(c < 0x80 ? tolower(c) : c));
        gap = false;
    }
    if (!gap)
        buffer_byte(words, ' ');
    buffer_byte(words, '\0');
}

/* One keyword, with a star at either end, in words that have spaces around each. */
static bool matches(const char *words, const char *keyword, size_t len)
{
    bool open_start = keyword[0] == '*';
    bool open_end = keyword[len - 1] == '*';

    keyword += open_start;
    len -= (size_t)open_start + open_end;
    for (const char *p = words + 1; strlen(p) >= len; p++)
        if (strncmp(p, keyword, len) == 0 && (open_start || p[-1] == ' ') && (open_end || p[len] == ' '))
            return true;
    return false;
}

static bool matches_any(const char *words, const char *keywords)
{
    for (const char *at = keywords; *at;) {
        size_t len = strcspn(at, ",");

        if (matches(words, at, len))
            return true;
        at += len + (at[len] == ',');
    }
    return false;
}

/* "user service" serves users: where the last word says so, it is a service unless the others say what it serves with. */
static enum family corrected(const char *words, enum family found)
{
    static const char *const endings[] = {" service ", " microservice ", " svc ", " api ", " backend "};
    size_t len = strlen(words);

    if (found != FAMILY_CLIENT && found != FAMILY_EXTERNAL && found != FAMILY_MONITOR && found != FAMILY_TEXT &&
        found != FAMILY_LOGIC)
        return found;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (len > strlen(endings[i]) && strcmp(words + len - strlen(endings[i]), endings[i]) == 0)
            return FAMILY_SERVICE;
    return found;
}

enum family family_of(const char *text)
{
    struct buffer words = BUFFER_INIT;
    enum family found = FAMILY_OTHER;

    append_words(&words, text);
    for (size_t i = 0; !found && i < sizeof rules / sizeof *rules; i++)
        if (matches_any(words.data, rules[i].keywords))
            found = rules[i].family;
    found = corrected(words.data, found);
    buffer_release(&words);
    return found;
}

static bool words_are(const char *text, const char *keywords)
{
    struct buffer words = BUFFER_INIT;
    bool found = false;

    append_words(&words, text);
    for (const char *at = keywords; *at && !found;) {
        size_t len = strcspn(at, ",");

        found = strlen(words.data) == len + 2 && strncmp(words.data + 1, at, len) == 0;
        at += len + (at[len] == ',');
    }
    buffer_release(&words);
    return found;
}

bool type_is_generic(const char *type)
{
    return !*type || words_are(type, "custom,custom node,default,node,agent flow,agentflow,base,base node,custom type,"
                                     "simulark node,architecture node,output,generic");
}

bool type_is_group(const char *type)
{
    return words_are(type, "group,group node,subflow,sub flow,tab,cluster,boundary,frame,vpc,zone,region,swimlane,parent,"
                           "section");
}
